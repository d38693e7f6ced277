"""Measures what Indelible costs: time, AWS calls, write units, memory (`python -m bench`)."""
