"""Promises: what must hold whatever happens, and how a run breaks one."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Promise(StrEnum):
    """The invariants of docs/exactly-once.md, and those of the public contract."""

    CHAINED = "every event answered for is chained"
    ONCE = "no event is chained twice"
    SOUND = "sequence has no gap, created_at strictly increases, every link holds"
    NO_FORK = "no segment is ever written over"
    HEARD = "what a request answers is what the queue answered to it"
    NAMED = "a receipt's id is that of a record with its content; a key has one id for good"
    REFUSED = "an event is refused for its key only if that stands for another content"
    TIMED = "received_at never changes, and is the time in the id"
    TRUE = "a record holds what was submitted, and nothing else is chained"
    APART = "nothing of one workspace shows in another"
    QUOTA = "a workspace is charged for what was queued, but for what a crash explains"
    FREE = "a workspace that meets no fault fails no message, whatever lies next to it"
    SET_ASIDE = "what never can be chained ends as a dead letter, and nothing else does"
    SETTLED = "once nothing fails any more, all is chained in bounded time"
    ORDERED = "without faults the chain has the order of the queue"
    HANDLED = "no handler raises"


class Violation(NamedTuple):
    """A broken promise, with details."""

    promise: Promise
    what: str
