"""Verifying a part of a chain beside the last record that the log covers."""

from __future__ import annotations

import pytest
from indelible.chain.segment import Segment, event_hashes_of
from indelible.checkpoints.watched import BACKDATED, Finding, Watched
from indelible.checkpoints.workspace_state import Hold, WorkspaceState
from indelible.proving.standing import Standing, standing_of
from indelible.reading.verification import VerifiedUpTo, verify_range
from indelible.times import LATEST
from indelible.verifying.kept_head import KeptHead
from support.builders import NOON, WORKSPACE, a_chain, at_second
from support.reading import plenty, reader_of

CHAIN = a_chain(30, 3)
OTHER = bytes([7]) * 32


def hash_at(sequence: int) -> bytes:
    return [each for segment in CHAIN for each in event_hashes_of(segment)][sequence - 1]


def found(
    covered: KeptHead,
    chain: list[Segment] = CHAIN,
    times: tuple[int, int] = (0, LATEST),
    limit: int = 1_000,
) -> list[tuple[str, int]]:
    """The breaks of all parts."""
    position: VerifiedUpTo | None = None
    breaks: list[tuple[str, int]] = []
    while True:
        again = KeptHead(covered.sequence, covered.event_hash)
        reader = reader_of(chain)
        part = verify_range(reader, WORKSPACE, times, limit, position, plenty(), again)
        breaks += [(each.type.value, each.sequence) for each in part.breaks]
        position = part.next
        if position is None:
            return breaks


@pytest.mark.parametrize("limit", [1, 4, 1_000])
@pytest.mark.parametrize("size", [1, 3, 17, 30])
def test_the_covered_head_is_compared_in_the_part_that_has_it(size: int, limit: int) -> None:
    assert found(KeptHead(size, hash_at(size)), limit=limit) == []
    assert found(KeptHead(size, OTHER), limit=limit) == [("checkpoint_mismatch", size)]


@pytest.mark.parametrize("limit", [1, 4, 1_000])
def test_a_chain_that_ends_before_the_covered_head_was_cut_off(limit: int) -> None:
    assert found(KeptHead(31, OTHER), limit=limit) == [("truncated", 31)]
    assert found(KeptHead(30, hash_at(30)), CHAIN[:9], limit=limit) == [("truncated", 28)]
    assert found(KeptHead(30, hash_at(30)), [], limit=limit) == [("truncated", 1)]


def test_a_part_without_the_covered_head_says_nothing_of_it() -> None:
    assert found(KeptHead(30, OTHER), times=(at_second(4), at_second(9))) == []


def a_standing(hold: Hold | None = None, *findings: Finding) -> Standing:
    return Standing(WorkspaceState(WORKSPACE, hold=hold), 3, 60, Watched(findings, 0, 0))


def test_a_hold_or_a_finding_makes_a_chain_invalid_and_a_warning_does_not() -> None:
    warning = Finding(WORKSPACE, "backdated/4", BACKDATED, 4, NOON, "created at noon")
    wrong = Finding(WORKSPACE, "index/0", "index_mismatch", 1, NOON, "it hides 3 records")
    assert a_standing().is_valid
    assert a_standing(None, warning).is_valid
    assert not a_standing(None, warning, wrong).is_valid
    assert not a_standing(Hold(NOON, "chain_break", 5, "another hash")).is_valid


def test_a_standing_is_shown_with_all_that_is_known() -> None:
    wrong = Finding(WORKSPACE, "index/0", "index_mismatch", 1, NOON, "it hides 3 records")
    shown = a_standing(Hold(NOON, "chain_break", 5, "another hash"), wrong).public
    noon = "2026-11-23T12:00:00.000000Z"
    assert shown == {
        "size": 0,
        "epoch": 0,
        "run": 3,
        "covered_at": "1970-01-01T00:01:00.000000Z",
        "hold": {"type": "chain_break", "sequence": 5, "since": noon, "detail": "another hash"},
        "findings": [
            {"type": "index_mismatch", "sequence": 1, "since": noon, "detail": "it hides 3 records"}
        ],
        "head_checked_at": None,
        "records_checked_at": None,
    }


def test_before_the_first_run_nothing_is_covered() -> None:
    standing = standing_of(None, None, WORKSPACE)
    assert (standing.is_valid, standing.covered_head, standing.public["covered_at"]) == (
        True,
        None,
        None,
    )
