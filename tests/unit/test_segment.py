"""Segments: the records come back, or the segment is unreadable."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.segment import (
    MAX_RECORDS_BYTES,
    read_prefixes,
    read_records,
)
from indelible.errors import Unreadable
from support.builders import (
    a_chain,
    a_queued_event,
    records_of,
)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=30), st.integers(1, 7))
def test_records_come_back_in_order_however_they_are_packed(
    texts: list[str], per_segment: int
) -> None:
    events = [a_queued_event(n, user_agent=text) for n, text in enumerate(texts)]
    read = [json.loads(each) for each in records_of(a_chain(0, per_segment, events))]
    assert [each["user_agent"] for each in read] == texts
    assert [each["id"] for each in read] == [event.id for event in events]
    assert [each["sequence"] for each in read] == list(range(1, len(texts) + 1))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 10**9, -1])
def test_a_segment_that_contradicts_its_own_attributes_is_unreadable(count: int) -> None:
    [segment] = a_chain(3, 3)
    with pytest.raises(Unreadable):
        read_records(replace(segment, count=count))
    with pytest.raises(Unreadable):
        read_prefixes(replace(segment, count=count))


def test_a_bomb_in_a_segment_is_unreadable() -> None:
    [segment] = a_chain(1, 1)
    with pytest.raises(Unreadable):
        read_records(replace(segment, records=zstd.compress(bytes(MAX_RECORDS_BYTES + 1))))
