"""Transparency logs: the public formats of RFC 6962 and C2SP."""
