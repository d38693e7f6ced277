"""Reading: lists, looks up and verifies events, within the budget of one request."""
