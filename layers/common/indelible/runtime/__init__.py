"""Shared by the Lambda functions: settings and entry point, the clock, logs.

The command line uses the clock too. The other modules need Powertools.
"""
