"""Audit logs that people would build instead, each as an expert of its design would write it.

They commit each event once when a message is delivered again, look up the API key and count quota
as Indelible does, and can check their own chains. What they leave out is in `bench.compare`.
"""
