"""Loads the local stack, with faults if wanted, and checks its chains. `python -m load`."""
