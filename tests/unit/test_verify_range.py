"""Verifying in parts finds the same as verifying in one go, whatever the parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.index.directory import Landmark
from indelible.reading.budget import Budget
from indelible.reading.verification import (
    ENOUGH_BREAKS,
    Findings,
    VerifiedUpTo,
    public_findings,
    verify_range,
)
from indelible.times import LATEST
from support.builders import NOON, SECOND, WORKSPACE, a_chain, as_stored, records_of, rewritten
from support.reading import plenty, reader_of
from support.tampering import breaks_of

CHAIN = a_chain(30, 3)
ALWAYS = (0, LATEST)
"""Ten segments of three records, one a second from noon on."""


def parts(
    chain: list[Segment], limit: int, times: tuple[int, int] = ALWAYS, budget: Budget | None = None
) -> Iterator[Findings]:
    """All findings, response by response."""
    reader, position = reader_of(chain), None
    for _ in range(len(chain) + 2):
        found = verify_range(reader, WORKSPACE, times, limit, position, budget or plenty())
        yield found
        position = found.next
        if position is None:
            return
    pytest.fail("verifying does not come to an end")


def test_a_sound_chain_is_valid_and_its_head_is_returned() -> None:
    [found] = parts(CHAIN, 1_000)
    assert (found.events, found.breaks, found.head) == (30, [], CHAIN[-1].head)


def test_a_chain_without_records_is_valid() -> None:
    [found] = parts([], 10)
    assert (found.events, found.breaks, found.head) == (0, [], EMPTY)
    assert public_findings(found, None)["head"] is None


@given(limit=st.integers(1, 31))
def test_each_part_ends_with_the_segment_that_reaches_the_limit(limit: int) -> None:
    found = list(parts(CHAIN, limit))
    whole = -(-limit // 3) * 3
    assert [each.events for each in found[:-1]] == [whole] * (len(found) - 1)
    assert sum(each.events for each in found) == 30
    assert found[-1].head == CHAIN[-1].head


def damaged() -> list[list[Segment]]:
    """Chains with each kind of damage."""
    fourth = records_of([CHAIN[3]])
    changed = [fourth[0], fourth[1].replace(b"document", b"documemt"), fourth[2]]
    return [
        [*CHAIN[:3], *CHAIN[4:]],
        [*CHAIN[:3], rewritten(CHAIN[3], changed), *CHAIN[4:]],
        [*CHAIN[:3], rewritten(CHAIN[3], fourth[:2]), *CHAIN[4:]],
        [*CHAIN[:3], rewritten(CHAIN[3], [fourth[1], fourth[0], fourth[2]]), *CHAIN[4:]],
        [*CHAIN[:3], replace(CHAIN[3], records=b"no zstd"), *CHAIN[4:]],
        [*CHAIN[:3], replace(CHAIN[3], event_hash=bytes(32)), *CHAIN[4:]],
        CHAIN[1:],
    ]


@pytest.mark.parametrize("chain", damaged())
@pytest.mark.parametrize("limit", [1, 4, 9, 100])
def test_verifying_in_parts_finds_the_same_breaks(chain: list[Segment], limit: int) -> None:
    found = [each for part in parts(chain, limit) for each in part.breaks]
    assert found == breaks_of(chain)
    assert found


def test_a_spent_budget_ends_a_part_after_one_segment() -> None:
    found = list(parts(CHAIN, 1_000, budget=plenty(0.0)))
    assert [each.events for each in found] == [3] * 10


def test_a_response_ends_when_it_names_many_breaks() -> None:
    chain = a_chain(400, 50)
    broken = [replace(each, leaf_prefixes=bytes(len(each.leaf_prefixes))) for each in chain]
    answers = list(parts(broken, 10_000))
    assert len(answers) > 2
    assert all(len(each.breaks) >= ENOUGH_BREAKS for each in answers[:-1])
    assert [each for part in answers for each in part.breaks] == breaks_of(broken)


@given(start=st.integers(-1, 31), length=st.integers(0, 31))
def test_times_select_the_segments_that_hold_them_and_their_neighbours(
    start: int, length: int
) -> None:
    times = (NOON + start * SECOND, NOON + (start + length) * SECOND)
    found = list(parts(CHAIN, 1_000, times))
    before, after = max(1, start) - 1, max(0, min(30, start + length)) + 1
    selected = [
        each for each in CHAIN if each.last_sequence >= before and each.first_sequence <= after
    ]
    assert sum(each.events for each in found) == 3 * len(selected)
    assert not any(each.breaks for each in found)


@pytest.mark.parametrize(
    ("claimed", "times"),
    [
        (9, (NOON + 10 * SECOND, LATEST)),
        (9, (NOON + 10 * SECOND, NOON + 12 * SECOND)),
        (13, (0, NOON + 12 * SECOND)),
        (13, (NOON + 11 * SECOND, NOON + 12 * SECOND)),
    ],
)
def test_a_segment_cannot_hide_from_a_time_range_by_claiming_other_times(
    claimed: int, times: tuple[int, int]
) -> None:
    """Records 10 to 12, one of them changed, in a segment that claims earlier or later times."""
    records = [each.replace(b"document", b"documemt") for each in records_of([CHAIN[3]])]
    at = NOON + claimed * SECOND
    hidden = replace(CHAIN[3], records=as_stored(records), first_created_at=at, last_created_at=at)
    [found] = parts([*CHAIN[:3], hidden, *CHAIN[4:]], 1_000, times)
    assert ("hash_mismatch", 11) in {(each.type.value, each.sequence) for each in found.breaks}


def test_the_last_segment_cannot_hide_from_a_time_range_after_it() -> None:
    hidden = replace(CHAIN[9], records=b"no zstd", last_created_at=CHAIN[9].first_created_at)
    [found] = parts([*CHAIN[:9], hidden], 1_000, (NOON + 29 * SECOND, LATEST))
    assert [each.type.value for each in found.breaks] == ["unreadable"]


def test_an_index_that_points_too_far_hides_nothing() -> None:
    reader = reader_of([*CHAIN[:3], replace(CHAIN[3], records=b"no zstd"), *CHAIN[4:]])
    places = reader.directory.of(WORKSPACE)
    places.learn(Landmark(19, NOON + 9 * SECOND))
    times = (NOON + 10 * SECOND, NOON + 21 * SECOND)
    found = verify_range(reader, WORKSPACE, times, 1_000, None, plenty())
    assert [each.type.value for each in found.breaks] == ["unreadable"]


SECONDS = st.integers(0, 31)
FORGED = st.lists(st.tuples(st.integers(1, 32), st.integers(-2, 33)), max_size=3)


@given(changed=st.sampled_from(CHAIN), forged=FORGED, bounds=st.tuples(SECONDS, SECONDS))
def test_no_landmark_hides_a_changed_segment_from_a_time_range(
    changed: Segment, forged: list[tuple[int, int]], bounds: tuple[int, int]
) -> None:
    """The range ends at both sides with segments whose own times prove that none was skipped."""
    start, end = (NOON + each * SECOND for each in sorted(bounds))
    assume(start <= changed.last_created_at and changed.first_created_at <= end)
    records = [each.replace(b"document", b"documemt") for each in records_of([changed])]
    reader = reader_of(CHAIN)
    reader.ledger.load([replace(changed, records=as_stored(records))])  # type: ignore[attr-defined]
    places = reader.directory.of(WORKSPACE)
    places.is_loaded = True
    for sequence, second in forged:
        places.learn(Landmark(sequence, NOON + second * SECOND))
    found = verify_range(reader, WORKSPACE, (start, end), 1_000, None, plenty())
    assert ("hash_mismatch", changed.first_sequence) in {
        (each.type.value, each.sequence) for each in found.breaks
    }


def test_the_link_into_the_first_segment_is_checked() -> None:
    broken = [replace(CHAIN[3], previous_event_hash=bytes(32))]
    [found] = parts([*CHAIN[:3], *broken, *CHAIN[4:]], 1_000, (NOON + 10 * SECOND, LATEST))
    assert [each.type.value for each in found.breaks] == ["chain_break", "chain_break"]


def test_a_chain_that_cannot_be_searched_by_time_is_verified_from_the_start() -> None:
    [found] = parts([CHAIN[0], *CHAIN[6:]], 1_000, (NOON + 12 * SECOND, NOON + 13 * SECOND))
    assert {each.type.value for each in found.breaks} == {"sequence_gap", "chain_break"}


def test_a_break_is_reported_in_the_form_of_the_contract() -> None:
    [part] = parts([*CHAIN[:3], *CHAIN[4:]], 1_000)
    breaks: Any = public_findings(part, "more")["breaks"]
    gap, link = breaks
    assert gap == {
        "event_id": None,
        "sequence": 13,
        "type": "sequence_gap",
        "expected_hash": None,
        "actual_hash": None,
        "detail": "expected 10, found 13",
    }
    assert link["expected_hash"] == CHAIN[2].event_hash.hex()
    assert link["actual_hash"] == CHAIN[3].event_hash.hex()


@pytest.mark.parametrize("name", [b"id", b"workspace_id", b"created_at"])
def test_text_quoted_from_a_record_is_cut_short(name: bytes) -> None:
    """Somebody who can write to the table must not be able to make the response too large."""
    chain = a_chain(9, 3)
    long = [
        re.sub(rb'"%b":"[^"]*"' % name, b'"%b":"%b"' % (name, b"\x7f" * 1_000_000), each)
        for each in records_of([chain[1]])
    ]
    findings = next(parts([chain[0], rewritten(chain[1], long), chain[2]], 100_000))
    assert findings.breaks
    assert len(json.dumps(public_findings(findings, None))) < 10_000


def test_only_some_breaks_of_a_very_large_segment_are_reported() -> None:
    chain = a_chain(3, 3)
    many = rewritten(chain[0], [b"{}"] * 12_000)
    findings = next(parts([replace(many, event_hash=bytes(32))], 100_000))
    assert len(findings.breaks) >= 12_000
    assert len(json.dumps(public_findings(findings, None))) < 2_000_000


def test_a_position_remembers_where_to_stop() -> None:
    times = (0, NOON + 20 * SECOND)
    first = verify_range(reader_of(CHAIN), WORKSPACE, times, 3, None, plenty())
    assert first.next == VerifiedUpTo(3, CHAIN[0].event_hash, CHAIN[0].last_created_at, 2, 20)
