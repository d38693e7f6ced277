"""Whatever the index says, lists without filters, times included, and verifying show everything."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.filters import Filters
from indelible.index.directory import BlockDirectory, Landmark, encode_directory
from indelible.reading.listing import list_events
from indelible.reading.verification import verify_range
from support.builders import NOON, SECOND, WORKSPACE
from support.examples import examples
from support.reading import events_of, plenty
from support.small_index import SPAN, Indexed
from unit.audited_index import EMPTY_PAGE, EMPTY_WIDE_PAGE, RECORDS, an_indexed_chain, segments

LANDMARKS = st.lists(st.tuples(st.integers(1, RECORDS), st.integers(-2, RECORDS + 2)), max_size=4)


def forge(indexed: Indexed, landmarks: list[tuple[int, int]]) -> None:
    """Empty every page, and replace every directory by these landmarks (sequence, second)."""
    for place in indexed.index.stored:
        indexed.index.stored[place] = EMPTY_PAGE if place[1] == 0 else EMPTY_WIDE_PAGE
    false = encode_directory(
        BlockDirectory([Landmark(at, NOON + second * SECOND) for at, second in landmarks]), SPAN
    )
    for block in indexed.index.written:
        indexed.index.written[block] = false


@settings(max_examples=examples(60), deadline=None)
@given(landmarks=LANDMARKS, bounds=st.tuples(st.integers(0, RECORDS), st.integers(0, RECORDS)))
def test_no_index_hides_an_event_from_a_list_without_filters_or_a_verification(
    landmarks: list[tuple[int, int]], bounds: tuple[int, int]
) -> None:
    indexed = an_indexed_chain()
    forge(indexed, landmarks)
    first, last = sorted(bounds)
    for filters, expected in (
        (Filters(), range(1, RECORDS + 1)),
        (
            Filters(start=NOON + first * SECOND, end=NOON + last * SECOND),
            range(first + 1, last + 2),
        ),
    ):
        page = list_events(indexed.reader(), WORKSPACE, filters, 1_000, None, plenty())
        shown = sorted(each["integrity"]["sequence"] for each in events_of(page))
        assert shown == [each for each in expected if each <= RECORDS]
    found = verify_range(
        indexed.reader(), WORKSPACE, (0, NOON + RECORDS * SECOND), 10_000, None, plenty()
    )
    assert (found.events, found.breaks) == (segments()[-1].last_sequence, [])
