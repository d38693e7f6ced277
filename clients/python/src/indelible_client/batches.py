"""Batches: events that are sent in one request, under one key, until they are answered."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MAX_EVENTS = 100
MAX_EVENT_BYTES = 131_072
MAX_BODY_BYTES = 1_000_000

_HEAD = b'{"events":['
_TAIL = b"]}"


class StoreFull(Exception):
    """The store has no room for another event. The event was not recorded."""


class RecorderClosed(Exception):
    """The recorder was closed. The event was not recorded."""


@dataclass(frozen=True)
class Batch:
    """The same key always goes with the same events, so the body is the same for every attempt."""

    key: str
    events: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        return _HEAD + b",".join(self.events) + _TAIL

    @property
    def is_full(self) -> bool:
        """Whether another event may not have fitted."""
        if len(self.events) >= MAX_EVENTS:
            return True
        return body_bytes(self.events) + 1 + MAX_EVENT_BYTES > MAX_BODY_BYTES


class Store(Protocol):
    """Where recorded events wait, oldest first. At most one batch of them is open."""

    def put(self, event: bytes) -> int:
        """Keep an event; return about how many wait. Raises StoreFull, RecorderClosed."""

    def open_batch(self) -> Batch | None:
        """Return the open batch, or open one with the oldest events. None if there are none."""

    def remove(self, batch: Batch) -> None:
        """Remove the open batch and its events in one step."""

    def mark(self) -> int:
        """Return a mark behind the newest event."""

    def is_past(self, mark: int) -> bool:
        """Whether all events before the mark are removed."""

    def may_send(self) -> bool:
        """Whether this process is the one that sends."""

    def count(self) -> int:
        """Return how many events are not removed."""

    def seal(self) -> None:
        """Take no more events."""

    def close(self) -> None: ...

    def before_fork(self) -> None: ...

    def after_fork_in_parent(self) -> None: ...

    def after_fork_in_child(self) -> None: ...


def new_key() -> str:
    """A key that no other batch has: 128 random bits."""
    return secrets.token_hex(16)


def body_bytes(events: Iterable[bytes]) -> int:
    """Return the size of the body that holds these events."""
    sizes = [len(event) for event in events]
    return len(_HEAD) + sum(sizes) + max(0, len(sizes) - 1) + len(_TAIL)


def oldest_that_fit(events: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the oldest events that one batch can hold. That is at least one, if there is one."""
    taken: list[bytes] = []
    size = len(_HEAD) + len(_TAIL)
    for event in events:
        size += len(event) + (1 if taken else 0)
        if taken and (len(taken) == MAX_EVENTS or size > MAX_BODY_BYTES):
            break
        taken.append(event)
    return tuple(taken)
