"""Access: how much of a chain a caller may read, and which events it may see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import NotFound
from ..filters import read_filters
from .budget import SECONDS, Budget
from .event_view import OpenSegment
from .find_event import find_event
from .metered import Meter, metered
from .read_limit import CallersLimit
from .reader import Reader

if TYPE_CHECKING:
    from ..accounts.caller import Caller


@contextmanager
def allow_reading(
    reader: Reader,
    read_limit: CallersLimit,
    caller: Caller,
    received_at: int,
    clock: Callable[[], float],
    since: float,
) -> Iterator[tuple[Reader, Budget]]:
    """A reader and a budget for one request. The bytes it reads are charged even if it fails.

    `received_at` is in microseconds. `clock` returns seconds, such as `time.monotonic`, and the
    request began at `since`: what it did before it reads is part of its time. Raises RateLimited
    when the workspace or the viewer token has reached its read limit in this minute.
    """
    read_limit.admit(caller, received_at)
    deadline = since + SECONDS
    meter, budget = Meter(), Budget(lambda: deadline - clock())
    try:
        yield metered(reader, meter), budget
    finally:
        read = max(meter.stored_bytes, budget.spent)
        read_limit.charge(caller, read, received_at)


def find_visible_event(reader: Reader, caller: Caller, event_id: str) -> tuple[OpenSegment, int]:
    """The segment with the event, opened, and the event's sequence.

    NotFound if there is none, or if the caller's forced filters hide it; the error is the same.
    """
    if found := find_event(reader, caller.workspace_id, event_id):
        opened = OpenSegment(found.segment)
        if _is_visible(caller, opened.record(found.sequence)):
            return opened, found.sequence
    raise NotFound("The workspace has no event with this id; it may not be chained yet.")


def _is_visible(caller: Caller, record: bytes) -> bool:
    if not caller.forced_filters:
        return True
    return read_filters(caller.restrict({})).matches(record)
