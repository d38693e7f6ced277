"""Shared by the Lambda functions: settings and entry point, the clock, logs, the secret.

The command line uses the clock too. The other modules need Powertools.
"""
