"""The file of an export, a manifest and lines of records: reads and writes it."""
