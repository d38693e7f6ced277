"""Other people's programs that come from Debian: a verifier of whole logs, and a witness."""
