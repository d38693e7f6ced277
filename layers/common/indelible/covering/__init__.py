"""Covering: how the new records of every chain get into its workspace tree, and so into the log."""
