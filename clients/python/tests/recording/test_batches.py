"""Properties of batching: order, limits, and nothing left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from indelible_client.calls import new_key
from indelible_client.recording.batches import (
    MAX_BODY_BYTES,
    MAX_EVENT_BYTES,
    MAX_EVENTS,
    Batch,
    body_bytes,
    oldest_that_fit,
)

_events = st.lists(
    st.integers(1, MAX_EVENT_BYTES).map(lambda size: b"x" * size)
    | st.integers(1, 50).map(lambda size: b"y" * size),
    max_size=130,
)


@given(_events)
def test_batches_hold_every_event_once_in_order_within_the_limits(events: list[bytes]) -> None:
    left, batches = list(events), []
    while left:
        taken = oldest_that_fit(left)
        batches.append(Batch("key", taken))
        left = left[len(taken) :]
    assert [event for batch in batches for event in batch.events] == events
    for batch in batches:
        assert 1 <= len(batch.events) <= MAX_EVENTS
        assert len(batch.lines) == body_bytes(batch.events) <= MAX_BODY_BYTES
    assert all(batch.is_full for batch in batches[:-1])


def test_a_batch_takes_as_much_as_fits() -> None:
    size = 9_999
    assert len(oldest_that_fit([b"x" * size] * 200)) == MAX_BODY_BYTES // (size + 1)
    assert len(oldest_that_fit([b"x"] * 200)) == MAX_EVENTS


def test_two_keys_are_never_the_same() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000
