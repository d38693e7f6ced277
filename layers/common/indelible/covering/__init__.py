"""Covering: brings the state of every chain into the deployment's log, signed, once a minute."""
