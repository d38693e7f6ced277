"""The web: requests from API Gateway, and the responses to them."""
