"""Accounts: workspaces, their limits, their API keys, and the callers that use them."""
