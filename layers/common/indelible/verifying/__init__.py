"""Verifying: checks that a chain is as it was written, from its segments or from an export file."""
