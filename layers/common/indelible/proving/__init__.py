"""Proving: what a reader gets of the log: checkpoint files, proofs of events, keys and anchors."""
