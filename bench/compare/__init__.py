"""Compares Indelible with what people would build instead (`python -m bench.compare`)."""
