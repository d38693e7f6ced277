"""Watching: compares chains, the index and the locked bucket with the log, on a schedule."""
