"""Measures the cost of Indelible: time, AWS calls, write units, memory (`python -m bench`)."""
