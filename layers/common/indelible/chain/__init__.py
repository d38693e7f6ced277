"""The chain: records, how they are hashed and linked, and the segments that store them.

Everything here is pure, and all that an auditor's verifier needs of the service.
"""
