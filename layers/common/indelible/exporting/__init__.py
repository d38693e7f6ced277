"""Exporting: jobs that write a chain into files, a step at a time."""
