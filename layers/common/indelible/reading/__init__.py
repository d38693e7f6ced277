"""Reading: events listed, looked up and verified within what one request may read."""
