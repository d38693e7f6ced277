"""The recorder: events wait in a buffer or a spool, and are sent in batches."""
