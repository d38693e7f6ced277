"""The keys of the objects in the locked bucket and in the state bucket.

Paths below `log/` are those of https://c2sp.org/tlog-tiles, and so are those below a workspace's
epoch: what other tools read lies where they look for it.
"""

from __future__ import annotations

from ..tlog.keys import VerifierKey

ORIGIN = "origin"
"""The log's origin and its first key, written once, by the first run."""

STATE = "state"
"""The states of all runs, in the state bucket. Readers name a version of it."""

WATCHER = "watcher"
"""Where the watcher is, in the state bucket. Only its newest version counts."""

SIGNING_KEYS = "key/"
"""The beginning of the keys of all keys that sign the log."""

RUNS = "run/"
"""The beginning of the keys of all runs."""

_RUN_DIGITS = 12


def run_key(number: int) -> str:
    """What run `number` published. Runs are counted from 1 without a gap."""
    return f"{RUNS}{number:0{_RUN_DIGITS}d}"


def signing_key_key(key: VerifierKey) -> str:
    """A key that signs the log, and the size from which it does."""
    return f"{SIGNING_KEYS}{key.key_id.hex()}"


def log_key(path: str) -> str:
    """A tile or a bundle of entries of the log, from its path in tlog-tiles."""
    return f"log/{path}"


def workspace_tile_key(workspace_id: str, epoch: int, path: str) -> str:
    """A tile of a workspace tree, from its path in tlog-tiles."""
    return f"ws/{workspace_id}/{epoch}/{path}"
