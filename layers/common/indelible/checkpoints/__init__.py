"""Checkpoints: the bytes that say how far each workspace's chain is covered, and their proofs.

Everything here is pure. The public formats that these build on are in `tlog`.
"""
