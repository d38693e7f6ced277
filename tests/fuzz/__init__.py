"""Fuzzing of what strangers can reach: the ingest handler, and the reader of export files."""
