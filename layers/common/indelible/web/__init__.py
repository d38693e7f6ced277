"""The web: reads requests from API Gateway, and makes the responses."""
