"""The file of an export: a manifest, and the lines of records; read and written."""
