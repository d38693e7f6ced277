"""Matching: compares the event of a record with the values of filters."""
