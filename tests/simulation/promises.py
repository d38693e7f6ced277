"""Promises: what must hold whatever happens, and how a run breaks one."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Promise(StrEnum):
    """The invariants of docs/exactly-once.md, and those of the public contract."""

    CHAINED = "every acknowledged event is chained"
    ONCE = "no event is chained twice"
    SOUND = "sequence has no gap, created_at strictly increases, every link holds"
    NO_FORK = "no segment is ever overwritten"
    HEARD = "a response says what the queue said about its events"
    NAMED = "a receipt's id is that of a record with its content; a key always has the same id"
    REFUSED = "an event is refused for its key only if the key stands for different content"
    REPEATED = "a request under a key has the same receipts again, and no other request has the key"
    TIMED = "received_at never changes, and is the time in the id"
    TRUE = "a record holds what was submitted, and nothing else is chained"
    APART = "no data of one workspace appears in another"
    QUOTA = "a workspace is charged exactly for queued events, except as a crash explains"
    FREE = "a workspace that meets no fault fails no message, whatever happens to others"
    SET_ASIDE = "a message ends as a dead letter exactly when it can never be chained"
    SETTLED = "once nothing fails any more, every event is chained in bounded time"
    ORDERED = "without faults the chain has the order of the queue"
    HANDLED = "no handler raises"


class Violation(NamedTuple):
    """A broken promise, with details."""

    promise: Promise
    what: str
