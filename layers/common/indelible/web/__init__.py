"""The web: requests of API Gateway, and the answers to them."""
