"""An event is shown as intact only if its segment is: damage that can be read is marked.

A segment is intact if `verify` finds no break in the segment itself. The link to the segment before
is not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from indelible.chain.hashes import Head
from indelible.chain.segment import Segment, event_hashes_of, read_records
from indelible.filters import read_filters
from indelible.reading.access import find_visible_event
from indelible.reading.event_page import EventPage
from indelible.reading.event_view import OpenSegment
from indelible.reading.listing import list_events
from indelible.verifying.segments import checked_event_hashes, verify
from support.builders import (
    WORKSPACE,
    a_caller,
    a_chain,
    a_queued_event,
    as_stored,
    at_second,
    event_id,
)
from support.examples import examples
from support.reading import events_of, plenty, reader_of
from support.tampering import (
    CHAIN,
    DAMAGED,
    from_another_place,
    tampered_chains,
    types_of,
    with_a_byte_changed,
    with_fitting_hashes,
    with_middle,
)

Damage = Callable[[Segment], Segment]
NO_PROMISE = {"intact": False, "event_hash": None, "previous_event_hash": None}

damaging = pytest.mark.parametrize("damage", DAMAGED, ids=lambda each: each.__name__)


def damaged_chain(damage: Damage) -> list[Segment]:
    """Three segments of three records; the second one, from sequence 4 on, is damaged."""
    return [CHAIN[0], damage(CHAIN[1]), CHAIN[2]]


def page_of(chain: list[Segment], limit: int = 25, **filters: str) -> EventPage:
    return list_events(reader_of(chain), WORKSPACE, read_filters(filters), limit, None, plenty())


def integrity_of(page: EventPage) -> list[dict[str, Any]]:
    return [each["integrity"] for each in events_of(page)]


# ---- lists ---------------------------------------------------------------------------------------


def test_events_of_a_sound_chain_are_intact_and_have_their_hashes() -> None:
    page = page_of(CHAIN)
    hashes = [None, *(each.hex() for part in CHAIN for each in event_hashes_of(part))]
    assert integrity_of(page) == [
        {
            "intact": True,
            "event_hash": hashes[sequence],
            "previous_event_hash": hashes[sequence - 1],
            "sequence": sequence,
        }
        for sequence in range(9, 0, -1)
    ]
    assert page.damaged == set()


@damaging
def test_a_list_marks_every_event_of_a_damaged_segment_and_no_other(damage: Damage) -> None:
    page = page_of(damaged_chain(damage))
    shown = integrity_of(page)
    assert [each["sequence"] for each in shown] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert shown[3:6] == [NO_PROMISE | {"sequence": sequence} for sequence in (6, 5, 4)]
    assert all(each["intact"] and each["event_hash"] for each in shown[:3] + shown[6:])
    assert page.damaged == {4}


def test_a_changed_record_is_shown_as_it_is_stored() -> None:
    page = page_of(damaged_chain(with_a_byte_changed))
    actors = [each["actor"]["id"] for each in events_of(page)]
    assert actors == ["user_2hG9kLm"] * 4 + ["user_2hG9kLn"] + ["user_2hG9kLm"] * 4


def test_a_damaged_event_has_the_sequence_of_its_place_whatever_its_record_says() -> None:
    first, second, third = read_records(CHAIN[1])
    swapped = with_middle(records=as_stored([third, first, second]))
    shown = integrity_of(page_of(swapped))
    assert [each["sequence"] for each in shown] == [9, 8, 7, 6, 5, 4, 3, 2, 1]


@damaging
def test_a_page_that_shows_no_event_of_a_damaged_segment_says_nothing_of_it(
    damage: Damage,
) -> None:
    page = page_of(damaged_chain(damage), limit=3)
    assert all(each["intact"] for each in integrity_of(page))
    assert page.damaged == set()


def test_a_filter_sees_what_a_changed_record_says_now() -> None:
    """It finds the record, marked, by its new content; by its old content only verify does."""
    events = [a_queued_event(n, at_second(n), actor_id=f"user_{n}") for n in range(1, 10)]
    chain = a_chain(9, 3, events)
    records = [each.replace(b"user_5", b"user_0") for each in read_records(chain[1])]
    chain[1] = replace(chain[1], records=as_stored(records))
    now = page_of(chain, actor_id="user_0")
    assert integrity_of(now) == [NO_PROMISE | {"sequence": 5}]
    assert now.damaged == {4}
    before = page_of(chain, actor_id="user_5")
    assert (before.events, before.damaged) == ([], set())
    assert types_of(chain) == [("hash_mismatch", 5)]


def test_a_segment_with_fitting_hashes_is_intact_and_verify_finds_the_broken_link() -> None:
    chain = damaged_chain(with_fitting_hashes)
    page = page_of(chain)
    assert all(each["intact"] for each in integrity_of(page))
    assert page.damaged == set()
    assert types_of(chain) == [("chain_break", 7)]


# ---- one event -----------------------------------------------------------------------------------


def found(chain: list[Segment], number: int) -> tuple[OpenSegment, int]:
    return find_visible_event(reader_of(chain), a_caller(), event_id(number, at_second(number)))


@pytest.mark.parametrize(
    "damage",
    [each for each in DAMAGED if each is not from_another_place],  # it has other ids
    ids=lambda each: each.__name__,
)
def test_an_event_by_its_id_is_marked_and_has_no_proof(damage: Damage) -> None:
    segment, sequence = found(damaged_chain(damage), 5)
    assert (segment.is_intact, sequence) == (False, 5)
    assert segment.event(5)["integrity"] == NO_PROMISE | {"sequence": 5}
    assert segment.proof(5) is None


def test_an_event_of_a_sound_segment_beside_a_damaged_one_has_its_proof() -> None:
    segment, sequence = found(damaged_chain(with_a_byte_changed), 8)
    assert (segment.is_intact, sequence) == (True, 8)
    assert segment.proof(8) is not None


# ---- the rule ------------------------------------------------------------------------------------


@settings(max_examples=examples(400))
@given(tampered_chains())
def test_a_segment_is_intact_exactly_if_verify_finds_no_break_in_it(chain: list[Segment]) -> None:
    segment = chain[1]
    before = Head(segment.first_sequence - 1, segment.previous_event_hash, 0)
    [step] = verify(WORKSPACE, [segment], before)
    hashes = checked_event_hashes(segment, read_records(segment))
    assert hashes == (None if step.breaks else event_hashes_of(segment))
