"""Writing: from messages on the queue to records at the end of a chain, each event once."""
