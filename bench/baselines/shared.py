"""What the baselines share: records and their hashes, and the check of a chain."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, runtime_checkable

GENESIS = bytes(32)
QUOTA = 10**9
"""Events a month. Nothing here exceeds it."""

PREFIX = 20
"""Characters of a key's secret by which it is found."""

SENT_AT_ONCE = 10
"""The most messages of one call to SQS, and of one delivery from a FIFO queue."""


class Refused(Exception):
    """The key is unknown, the quota is used up, or the queue did not take the events."""


class BrokenChain(Exception):
    """A record of the chain is missing, or has another hash."""


class Workspace(NamedTuple):
    """A workspace and the secret of its key."""

    id: str
    secret: str


class Link(NamedTuple):
    """A record as it is stored: its place in the chain, its text and its hash."""

    sequence: int
    record: str
    hash: bytes


class Baseline(Protocol):
    """What each design has."""

    def add_workspace(self) -> Workspace:
        """Make a workspace with a key."""

    def post(self, secret: str, body: bytes) -> None:
        """Accept a batch of events. Raises Refused."""

    def check(self, workspace_id: str) -> int:
        """Verify the workspace's chain and return its length. Raises BrokenChain."""


@runtime_checkable
class Queued(Protocol):
    """What the designs with a queue have besides."""

    def deliver(self, invocation: dict[str, Any], context: Any, /) -> dict[str, Any]:
        """Chain the events of up to ten messages; return those that failed, as Lambda wants it."""


def new_workspace() -> Workspace:
    """A workspace and a key's secret, both random."""
    return Workspace(f"ws_{secrets.token_hex(8)}", f"key_{secrets.token_hex(24)}")


def digest(secret: str) -> bytes:
    """What is stored of a key's secret."""
    return sha256(secret.encode()).digest()


def month() -> str:
    """The month that a request counts for."""
    return time.strftime("%Y-%m", time.gmtime())


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The events of a batch, each with an id."""
    return [{"id": str(uuid.uuid4()), **event} for event in json.loads(body)["events"]]


def link(previous: Link | None, event: dict[str, Any]) -> Link:
    """The record of an event behind the previous one. The hash covers the text as it is stored."""
    sequence = previous.sequence + 1 if previous else 1
    fields = {"sequence": sequence, "created_at": time.time_ns() // 1_000, **event}
    record = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return Link(sequence, record, chain_hash(previous.hash if previous else GENESIS, record))


def links(previous: Link | None, events: Iterable[dict[str, Any]]) -> list[Link]:
    """The records of several events."""
    made: list[Link] = []
    for event in events:
        previous = link(previous, event)
        made.append(previous)
    return made


def chain_hash(previous: bytes, record: str) -> bytes:
    """The hash that ties a record to the one before it."""
    return sha256(previous + record.encode()).digest()


def check_links(stored: Iterable[Link]) -> int:
    """Recompute a chain and return its length. BrokenChain at the first record that is wrong."""
    previous, count = GENESIS, 0
    for count, each in enumerate(stored, 1):
        previous = chain_hash(previous, each.record)
        in_place = each.sequence == count == json.loads(each.record)["sequence"]
        if not in_place or each.hash != previous:
            raise BrokenChain(f"record {count} is not the one that was chained")
    return count
