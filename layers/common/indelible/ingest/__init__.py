"""Ingest: from a client's events to messages on the queue, and a receipt for each event."""
