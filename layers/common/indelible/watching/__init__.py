"""Watching: compares chains, the index and the locked bucket with what the log covers, unasked."""
