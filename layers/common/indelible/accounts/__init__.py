"""Accounts: workspaces, their limits, and the API keys that open them."""
