"""The chain: records, how they are hashed and linked, and the segments that store them.

Everything here is pure, so an auditor's verifier can use it without the service.
"""
