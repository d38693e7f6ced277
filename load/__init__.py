"""Puts load, and optionally faults, on the local stack and checks its chains. `python -m load`."""
