"""Loads the local stack, with faults too, and proves what its chains hold. `python -m load`."""
