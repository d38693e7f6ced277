"""Exporting: jobs that write a chain to files, a step at a time."""
