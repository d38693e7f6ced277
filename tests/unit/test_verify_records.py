"""The fast and the slow check of records reach the same verdict."""

from __future__ import annotations

from itertools import chain as concatenated
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.hashes import GENESIS, leaf_hash
from indelible.chain.segment import Segment, read_prefixes, read_records
from indelible.verifying import records, segments
from indelible.verifying.records import (
    VerifierDefect,
    check,
    check_one_by_one,
    check_together,
)
from indelible.verifying.run import Outcome, Position, Rules, Run
from support.builders import WORKSPACE
from support.examples import examples
from support.tampering import CHAIN, tampered_chains

START = Position(0, GENESIS, "")


def both(run: Run, rules: Rules, before: Position) -> Outcome:
    """Run both checks, which must agree."""
    fast, slow = check_together(run, rules, before), check_one_by_one(run, rules, before)
    assert (fast is not None) == (not slow.breaks)
    if fast:
        assert (fast.position, fast.first_created_at) == (slow.position, slow.first_created_at)
        [(first, hashes)] = fast.event_hashes
        one_by_one = [(first + n, [each]) for n, each in enumerate(hashes)]
        assert one_by_one == slow.event_hashes
    return slow


@settings(max_examples=examples(400))
@given(tampered_chains())
def test_both_checks_agree_on_the_segments_of_a_table(chain: list[Segment]) -> None:
    with patch.object(segments, "check", both):
        slowly = [*segments.verify(WORKSPACE, chain)]
    assert slowly == [*segments.verify(WORKSPACE, chain)]


@given(
    chain=tampered_chains(),
    left_out=st.sets(st.integers(0, 8)),
    may_omit=st.booleans(),
    bounds=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_both_checks_agree_on_the_lines_of_a_file(
    chain: list[Segment], left_out: set[int], may_omit: bool, bounds: tuple[int, int]
) -> None:
    earliest, latest = (f"2026-11-23T12:00:0{n}.000000Z" for n in bounds)
    both(run_of(chain, left_out), Rules(WORKSPACE, earliest, latest, may_omit, 9), START)


def run_of(chain: list[Segment], left_out: set[int]) -> Run:
    """A chain as a single run, as in a file."""
    plain = [*concatenated.from_iterable(map(read_records, chain))]
    ends = [segment.last_sequence - 1 for segment in chain]
    return Run(
        [None if index in left_out else record for index, record in enumerate(plain)],
        [*concatenated.from_iterable(map(_leaves_in_file, chain))],
        dict(zip(ends, (segment.event_hash for segment in chain), strict=True)),
    )


def _leaves_in_file(segment: Segment) -> list[bytes]:
    """Zeros follow a prefix that does not fit, as in an export."""
    leaves = map(leaf_hash, read_records(segment))
    return [
        leaf if leaf.startswith(prefix) else prefix.ljust(32, b"\0")
        for leaf, prefix in zip(leaves, read_prefixes(segment).split(), strict=True)
    ]


def test_a_refusal_without_a_reason_is_a_bug_and_never_valid() -> None:
    run = run_of(CHAIN, set())
    assert check(run, Rules(WORKSPACE), START).breaks == ()
    with (
        patch.object(records, "check_together", return_value=None),
        pytest.raises(VerifierDefect, match="refused the records from 1 on"),
    ):
        check(run, Rules(WORKSPACE), START)


def test_such_a_bug_stops_the_verification_of_a_chain() -> None:
    with (
        patch.object(records, "check_together", return_value=None),
        pytest.raises(VerifierDefect),
    ):
        [*segments.verify(WORKSPACE, CHAIN)]
