"""Runs the tests on other versions of Python, and builds the layer for the version that ships."""
