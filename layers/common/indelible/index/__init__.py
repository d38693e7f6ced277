"""The index: where in a chain to look. What it names is checked; what it leaves out is not met."""
