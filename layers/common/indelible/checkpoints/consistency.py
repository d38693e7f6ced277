"""The answer to the holder of an older proof file: that nothing of it was taken back since.

It is JSON. Bytes are in base64, and a path is null if there is none.

    checkpoint  the newest checkpoint file of the workspace, as text
    log         the path from the tree of the log that the holder has to the newest
    workspace   the same for the workspace tree
    first       the entry of the log's first run, with its place
    restarts    the entries of the workspace's restarts, oldest first, each with its place

A place is `index` and `path`: the inclusion path in the newest tree of the log. Nothing here checks
what an answer says. `verifying/consistency.py` does.
"""

from __future__ import annotations

import msgspec

from ..encoding import read_json
from ..errors import Unreadable
from ..tlog.merkle import HASH_BYTES
from ..tlog.proof import MAX_PATH

MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""Maximum size of an answer. One with a hundred restarts has some 150 kB."""

Path = tuple[bytes, ...]


class PlacedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bytes of an entry of the log, its index, and its inclusion path."""

    entry: bytes
    index: int
    path: Path


class Consistency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer. `log` or `workspace` is None if that tree never had as many leaves."""

    checkpoint: str
    log: Path | None
    workspace: Path | None
    first: PlacedEntry
    restarts: tuple[PlacedEntry, ...]

    @property
    def encoded(self) -> bytes:
        """The answer's bytes."""
        return msgspec.json.encode(self)


_decode = msgspec.json.Decoder(Consistency).decode


def read_consistency(encoded: bytes) -> Consistency:
    """Read an answer. Raises Unreadable when it is none, or when a path cannot be one."""
    if len(encoded) > MAX_ANSWER_BYTES:
        raise Unreadable(f"an answer about consistency has {len(encoded):,} bytes")
    answer = read_json(_decode, encoded, "an answer about consistency")
    for path in (answer.log, answer.workspace, *(each.path for each in _placed(answer))):
        if path and (len(path) > MAX_PATH or any(len(each) != HASH_BYTES for each in path)):
            raise Unreadable("an answer about consistency has a path that cannot be one")
    return answer


def _placed(answer: Consistency) -> tuple[PlacedEntry, ...]:
    return (answer.first, *answer.restarts)
