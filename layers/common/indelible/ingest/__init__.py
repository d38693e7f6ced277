"""Ingest: turns a client's events into messages on the queue, with a receipt for each event."""
