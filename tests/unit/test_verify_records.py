"""The fast and the slow check of records reach the same verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain as concatenated
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.hashes import GENESIS, leaf_hash
from indelible.chain.record import read_header
from indelible.chain.segment import Segment, read_prefixes, read_records, record_parts
from indelible.errors import Unreadable
from indelible.verifying import records, segments
from indelible.verifying.breaks import Step
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.one_by_one import check_one_by_one
from indelible.verifying.records import VerifierDefect, check, check_together
from indelible.verifying.run import Outcome, Position, Rules, Run
from support.builders import WORKSPACE, rewritten
from support.examples import examples
from support.tampering import CHAIN, DAMAGED, breaks_of, tampered_chains, types_of

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


def noted(chain: list[Segment]) -> tuple[list[Step], list[tuple[int, bytes]]]:
    """What verifying returns, and the event hashes that it computes with their sequences."""
    hashes = list[tuple[int, bytes]]()

    def note(_: KeptHead, found: Iterable[tuple[int, Sequence[bytes]]]) -> None:
        hashes.extend((first + n, each) for first, run in found for n, each in enumerate(run))

    with patch.object(KeptHead, "note", note):
        return [*segments.verify(WORKSPACE, chain, kept=KeptHead(1, GENESIS))], hashes


PART_BYTES = st.sampled_from([1, 150, 700, 1_500, 131_072])
"""A record of the chain has about 400 bytes, and a segment has three."""


@settings(max_examples=examples(400))
@given(tampered_chains(), PART_BYTES)
def test_both_checks_agree_on_the_segments_of_a_table(
    chain: list[Segment], part_bytes: int
) -> None:
    with (
        patch.object(segments, "check_parts", return_value=None),
        patch.object(segments, "explain", check_one_by_one),
    ):
        slowly = noted(chain)
    with patch.object(zstd, "_PIECE_BYTES", part_bytes):
        assert noted(chain) == slowly


@given(st.integers(0, 8), PART_BYTES)
def test_the_parts_of_a_segment_are_its_records(count: int, part_bytes: int) -> None:
    """Whatever is decompressed at a time, and also if the segment says another number."""
    with patch.object(zstd, "_PIECE_BYTES", part_bytes):
        parts = record_parts(replace(CHAIN[1], count=count))
        found = list[bytes]()
        with nullcontext() if count == 3 else pytest.raises(Unreadable, match="holds 3 records"):
            for part in parts:
                assert part
                found += part
    assert found == read_records(CHAIN[1])


@pytest.mark.parametrize("part_bytes", [1, 150, 700, 1_500])
@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_is_named_alike_whatever_is_read_at_a_time(
    damage: Callable[[Segment], Segment], part_bytes: int
) -> None:
    chain = [CHAIN[0], damage(CHAIN[1]), CHAIN[2]]
    found = breaks_of(chain)
    assert found
    with patch.object(zstd, "_PIECE_BYTES", part_bytes):
        assert breaks_of(chain) == found


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"\n\n",
        b"{}",
        b"{}\n",
        b"a\rb\n\rc",
        b"a \r\nb\t\n ",
        b"\na\n\n",
    ],
)
@given(PART_BYTES)
def test_only_line_feeds_end_a_record(text: bytes, part_bytes: int) -> None:
    expected = text.split(b"\n")
    segment = replace(CHAIN[1], count=len(expected), records=zstd.compress(text))
    with patch.object(zstd, "_PIECE_BYTES", part_bytes):
        assert read_records(segment) == expected


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


@pytest.mark.parametrize("place", [0, 1])
def test_a_record_received_after_it_was_chained_is_found_before_a_later_record(place: int) -> None:
    """Its received_at is not after the created_at of the segment's last record."""
    plain = read_records(CHAIN[1])
    own, last = (read_header(plain[n]) for n in (place, 2))
    ours, later = (f'"received_at":"{each}"' for each in (own.received_at, last.created_at))
    plain[place] = plain[place].replace(ours.encode(), later.encode())
    chain = [CHAIN[0], rewritten(CHAIN[1], plain)]
    assert types_of(chain) == [("time_order", 4 + place)]
