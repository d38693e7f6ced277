"""Records that the index names: fetched together, and found whatever the directories say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.segment import Segment
from indelible.errors import Unavailable, Unreadable
from indelible.filters import Filters
from indelible.index.directory import (
    BLANK_DIRECTORY,
    BlockDirectory,
    decode_directory,
    encode_directory,
)
from indelible.index.starts import NO_STARTS, Starts
from indelible.reading.find_event import find_event
from indelible.reading.listing import list_events
from indelible.reading.named_records import FETCHED_TOGETHER, segments_naming
from support.builders import NOON, SECOND, WORKSPACE
from support.examples import examples
from support.memory_ledger import MemoryLedger
from support.reading import events_of, plenty
from support.small_index import SPAN, WIDE_SPAN, Indexed, chain_of, events_at, id_at
from unit.test_export_file_range import DamagedLedger

RECORDS = 2 * WIDE_SPAN + 3 * SPAN
RARE = [*range(RECORDS - 4, 0, -20)]
"""The sequences of the rare events, newest first."""


def a_chain(sizes: list[int] | None = None, ledger: MemoryLedger | None = None) -> Indexed:
    """An indexed chain; the calls so far are not counted."""
    fields: list[dict[str, object]] = [
        {"actor_id": "rare" if n + 1 in RARE else "other"} for n in range(RECORDS)
    ]
    events = events_at([NOON + n * SECOND for n in range(RECORDS)], fields)
    indexed = Indexed(chain_of(events, sizes or [7]), ledger or MemoryLedger())
    indexed.extend()
    take_calls(indexed)
    return indexed


def take_calls(indexed: Indexed) -> list[str]:
    """The calls since the last time."""
    made = [*indexed.index.faults.calls, *indexed.ledger.faults.calls]
    indexed.index.faults.calls.clear()
    indexed.ledger.faults.calls.clear()
    return made


def listed(indexed: Indexed, limit: int = 1_000) -> list[int]:
    """The sequences that a list of the rare events shows, newest first."""
    wanted = Filters({"actor_id": "rare"})
    page = list_events(indexed.reader(), WORKSPACE, wanted, limit, None, plenty())
    return [each["integrity"]["sequence"] for each in events_of(page)]


def set_starts(indexed: Indexed, change: Callable[[Starts], Starts]) -> None:
    """Change the starts of every directory."""
    for place, stored in indexed.index.written.items():
        landmarks, starts, _ = decode_directory(stored, SPAN)
        changed = BlockDirectory(landmarks, change(starts))
        indexed.index.written[place] = encode_directory(changed, SPAN)


def test_the_segments_of_many_candidates_are_fetched_with_two_calls() -> None:
    indexed = a_chain()
    assert listed(indexed, limit=9) == RARE[:9]
    calls = take_calls(indexed)
    assert [each for each in calls if each != "pages"] == [
        "directories_of",
        "newest",
        "segments_at",
    ]


@pytest.mark.parametrize("sizes", [[1], [3, 11], [7], [20]])
def test_segments_that_begin_in_the_block_before_are_fetched_too(sizes: list[int]) -> None:
    indexed = a_chain(sizes)
    assert listed(indexed) == RARE
    assert take_calls(indexed).count("at_or_before") == 0


def test_a_long_list_is_fetched_a_hundred_segments_at_a_time() -> None:
    indexed = a_chain([1])
    everything = [*range(RECORDS, 0, -1)]
    named = [*segments_naming(indexed.reader(), WORKSPACE, everything)]
    assert [(at, found.first_sequence) for at, found in named] == [(at, at) for at in everything]
    groups = -(-RECORDS // FETCHED_TOGETHER)
    assert take_calls(indexed) == ["directories_of"] * groups + ["segments_at"] * groups


def test_one_or_two_candidates_take_a_query_each() -> None:
    indexed = a_chain()
    reader = indexed.reader()
    for named in ([400], [400, 3]):
        assert [at for at, _ in segments_naming(reader, WORKSPACE, named)] == named
        assert take_calls(indexed) == ["at_or_before"] * len(named)


def test_no_segment_is_fetched_for_records_of_a_segment_that_is_at_hand() -> None:
    indexed = a_chain()
    reached = indexed.chain[10]
    named = [*range(reached.last_sequence, reached.first_sequence - 1, -1)]
    found = [*segments_naming(indexed.reader(), WORKSPACE, named, reached)]
    assert found == [(at, reached) for at in named]
    assert take_calls(indexed) == []


@dataclass
class NotingLedger(MemoryLedger):
    """A ledger that notes which segments are fetched together."""

    fetched: list[Sequence[int]] = field(default_factory=list)

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        self.fetched.append(first_sequences)
        return super().segments_at(workspace_id, first_sequences)


def test_a_page_fetches_no_more_segments_than_it_needs() -> None:
    """One block names more candidates than that."""
    ledger = NotingLedger()
    indexed = a_chain(ledger=ledger)
    assert listed(indexed, limit=3) == RARE[:3]
    assert [len(each) for each in ledger.fetched] == [4 - 1]  # the newest segment is at hand


def test_the_more_events_a_page_has_the_fewer_segments_are_fetched_for_it() -> None:
    """Every other candidate matches only a part of the filters."""
    fields: list[dict[str, object]] = [
        {"actor_id": "rare", "action": f"file.{'abb'[n % 3]}"} if n % 20 == 0 else {}
        for n in range(RECORDS)
    ]
    ledger = NotingLedger()
    events = events_at([NOON + n * SECOND for n in range(RECORDS)], fields)
    indexed = Indexed(chain_of(events, [7]), ledger)
    indexed.extend()
    wanted = Filters({"actor_id": "rare", "search": "file.b"})
    page = list_events(indexed.reader(), WORKSPACE, wanted, 12, None, plenty())
    assert len(page.events) == 12
    first, *others = [len(each) for each in ledger.fetched]
    assert first == 12 + 1
    assert others
    assert max(others) <= 13 - first // 2


# ---- whatever the directories say ----------------------------------------------------------------


def test_directories_from_before_there_were_starts_lead_to_the_same_list() -> None:
    indexed = a_chain()
    set_starts(indexed, lambda _: NO_STARTS)
    assert listed(indexed) == RARE
    assert take_calls(indexed).count("at_or_before") == len(RARE) - 1  # the newest is at hand


@pytest.mark.parametrize("stored", [None, b"garbage", encode_directory(BLANK_DIRECTORY, SPAN)])
def test_missing_unreadable_and_blank_directories_lead_to_the_same_list(
    stored: bytes | None,
) -> None:
    indexed = a_chain()
    indexed.index.written.clear()
    if stored is not None:
        indexed.index.written = {(WORKSPACE, block): stored for block in range(RECORDS // SPAN)}
    assert listed(indexed) == RARE


FORGED = st.builds(Starts, st.integers(0, 2**16 - 1), st.integers(0, 2**SPAN - 1))


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(FORGED, min_size=1, max_size=8), st.lists(st.integers(1, 20), min_size=1))
def test_no_forged_start_hides_an_event_or_shows_another(
    forged: list[Starts], sizes: list[int]
) -> None:
    indexed = a_chain(sizes)
    turns = iter(range(10**6))
    set_starts(indexed, lambda _: forged[next(turns) % len(forged)])
    assert listed(indexed) == RARE
    reader = indexed.reader()
    for number in range(0, RECORDS, 37):
        found = find_event(reader, WORKSPACE, id_at(NOON + number * SECOND, number))
        assert found is not None
        assert found.sequence == number + 1


def test_a_start_of_a_segment_that_was_cut_short_leads_on_to_the_chain() -> None:
    """The fetched segment does not reach the candidate. The chain says what is missing."""
    indexed = a_chain()
    whole = next(each for each in indexed.chain if each.last_sequence in RARE[3:])
    indexed.ledger.load([replace(whole, count=whole.count - 1)])
    with pytest.raises(Unreadable, match=f"no sequence {whole.last_sequence}"):
        listed(indexed)


# ---- damage and failure --------------------------------------------------------------------------


def failure_of_list(indexed: Indexed) -> str:
    with pytest.raises(Unreadable) as raised:
        listed(indexed)
    return str(raised.value)


@pytest.mark.parametrize("place", [3, 12])
def test_missing_and_damaged_segments_are_the_same_errors_as_one_by_one(place: int) -> None:
    for damage in ("missing", "damaged"):
        errors = []
        for with_starts in (True, False):
            ledger = DamagedLedger()
            indexed = a_chain(ledger=ledger)
            gone = holding(indexed.chain, RARE[place])
            if damage == "damaged":
                ledger.damaged.add(gone.first_sequence)
            else:
                del ledger.chains[WORKSPACE][gone.first_sequence]
            if not with_starts:
                set_starts(indexed, lambda _: NO_STARTS)
            assert listed(indexed, limit=place - 1) == RARE[: place - 1]
            errors.append(failure_of_list(indexed))
        assert errors[0] == errors[1]


def holding(chain: list[Segment], sequence: int) -> Segment:
    return next(s for s, after in pairwise(chain) if sequence < after.first_sequence)


@pytest.mark.parametrize("method", ["directories_of", "segments_at"])
def test_a_failed_call_is_not_an_absence(method: str) -> None:
    indexed = a_chain()
    faults = indexed.index.faults if method == "directories_of" else indexed.ledger.faults
    faults.plan(method, "before")
    with pytest.raises(Unavailable):
        listed(indexed)
