"""The index: which records of a chain may match a filter.

Readers check every record that the index names, so an extra record only costs time. A record that
the index leaves out is not found.
"""
