"""Verifying: whether a chain is what was written, by its segments or by a file of them."""
