"""Batches: events that are sent in one request, under one key, until they are answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

MAX_EVENTS = 100
MAX_EVENT_BYTES = 131_072
MAX_BODY_BYTES = 1_000_000


@dataclass(frozen=True)
class Batch:
    """The same key always goes with the same events, so each attempt sends the same bytes."""

    key: str
    events: tuple[bytes, ...]

    @property
    def lines(self) -> bytes:
        """The body: one event on each line."""
        return b"\n".join(self.events)

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

    def open_batch(self, *, only_full: bool = False) -> Batch | None:
        """Return the open batch, or open one with the oldest events.

        None if no events wait, or with `only_full` if more would fit.
        """

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


def body_bytes(events: Iterable[bytes]) -> int:
    """Return the size of the body that holds these events."""
    sizes = [len(event) for event in events]
    return sum(sizes) + max(0, len(sizes) - 1)


def oldest_that_fit(events: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the oldest events that one batch can hold. That is at least one, if there is one."""
    taken: list[bytes] = []
    size = 0
    for event in events:
        size += len(event) + (1 if taken else 0)
        if taken and (len(taken) == MAX_EVENTS or size > MAX_BODY_BYTES):
            break
        taken.append(event)
    return tuple(taken)
