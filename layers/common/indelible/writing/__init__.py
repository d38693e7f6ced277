"""Writing: the messages of the queue become records at the end of a chain, each event once."""
