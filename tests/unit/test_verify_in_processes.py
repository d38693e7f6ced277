"""Verifying in several processes finds what verifying in one does."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Damaged, Segment, event_hashes_of
from indelible.cli.verify import MAX_JOBS
from indelible.verifying import in_processes
from indelible.verifying.breaks import Step
from indelible.verifying.in_processes import ProcessEnded, Verify, verifier
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.records import VerifierDefect
from indelible.verifying.segments import verify
from support.builders import WORKSPACE, a_chain
from support.examples import examples
from support.tampering import CHAIN, DAMAGED, tampered_chains

Chain = list[Segment | Damaged]


@pytest.fixture(scope="module")
def in_two() -> Iterator[Verify]:
    with verifier(2) as found:
        yield found


def ways(in_two: Verify, chain: Chain, kept: KeptHead) -> list[tuple[list[Step], object]]:
    """What one process and what two find, with batches of one segment and of two."""
    found: list[tuple[list[Step], object]] = []
    for size in (None, 1, 2):
        head = kept.unfound()
        with patch.object(in_processes, "BATCH_SEGMENTS", size or 2):
            each = in_two if size else verify
            found.append(([*each(WORKSPACE, chain, kept=head)], head.check()))
    return found


@settings(max_examples=examples(100))
@given(
    chain=tampered_chains(),
    lost=st.sets(st.integers(0, 2), max_size=1),
    repeated=st.booleans(),
    unreadable=st.none() | st.integers(0, 2),
    sequence=st.integers(1, 9),
)
def test_two_processes_find_what_one_does(
    in_two: Verify,
    chain: list[Segment],
    lost: set[int],
    repeated: bool,
    unreadable: int | None,
    sequence: int,
) -> None:
    """Segments are changed, missing, repeated, or no segments; a head was kept, or another."""
    parts: Chain = [each for place, each in enumerate(chain) if place not in lost]
    if repeated:
        parts.insert(1, parts[0])
    if unreadable is not None:
        parts.insert(unreadable, Damaged(WORKSPACE, 4, "no segment"))
    links = [each for segment in CHAIN for each in event_hashes_of(segment)]
    one, *two = ways(in_two, parts, KeptHead(sequence, links[sequence - 1]))
    assert two == [one, one]


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_damage_at_the_edge_of_a_batch_is_named_alike(
    in_two: Verify, damage: Callable[[Segment], Segment], place: int
) -> None:
    chain: Chain = [*CHAIN]
    chain[place] = damage(CHAIN[place])
    one, *two = ways(in_two, chain, KeptHead(9, CHAIN[2].event_hash))
    assert two == [one, one]


def test_the_steps_come_in_the_order_of_the_chain(in_two: Verify) -> None:
    chain = a_chain(60, 1)
    with patch.object(in_processes, "BATCH_SEGMENTS", 3):
        heads = [step.head.sequence for step in in_two(WORKSPACE, chain)]
    assert heads == [*range(1, 61)]


def test_only_some_batches_are_read_ahead(in_two: Verify) -> None:
    """So memory does not grow with the length of the chain."""
    read = list[int]()

    def reading() -> Iterator[Segment]:
        for segment in a_chain(60, 1):
            read.append(segment.first_sequence)
            yield segment

    with patch.object(in_processes, "BATCH_SEGMENTS", 3):
        for step in in_two(WORKSPACE, reading()):
            assert len(read) <= step.head.sequence + 3 * (2 * 2 + 1)
    assert len(read) == 60


def test_large_segments_make_a_batch_of_their_own(in_two: Verify) -> None:
    with patch.object(in_processes, "BATCH_BYTES", 1):
        batches = [*in_processes._batches(WORKSPACE, CHAIN, CHAIN[0].head, None)]
    assert [batch.segments for batch in batches] == [[each] for each in CHAIN]
    assert [batch.start for batch in batches] == [CHAIN[0].head, CHAIN[0].head, CHAIN[1].head]


def test_what_one_batch_found_is_not_found_again_by_the_next() -> None:
    """Else an older hash at the sequence would replace a newer one."""
    kept = KeptHead(1, bytes(32))
    kept.note([(1, [bytes(32)])])
    for batch in in_processes._batches(WORKSPACE, CHAIN, EMPTY, kept):
        assert batch.kept
        assert batch.kept.found is None


def _defect(_: object) -> None:
    raise VerifierDefect("the forms disagree")


def _killed(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_defect_in_a_process_leaves_no_verdict(in_two: Verify) -> None:
    with (
        patch.object(in_processes, "_check", _defect),
        pytest.raises(VerifierDefect, match="the forms disagree"),
    ):
        [*in_two(WORKSPACE, CHAIN)]


def test_a_process_that_is_killed_leaves_no_verdict() -> None:
    with (
        verifier(2) as found,
        patch.object(in_processes, "_check", _killed),
        pytest.raises(ProcessEnded, match="A process ended"),
    ):
        [*found(WORKSPACE, CHAIN)]


def test_chains_after_a_killed_process_are_verified_all_the_same() -> None:
    """`--all` promises that one chain without a verdict does not stop the others."""
    with verifier(2) as found:
        with patch.object(in_processes, "_check", _killed), pytest.raises(ProcessEnded):
            [*found(WORKSPACE, CHAIN)]
        kept = KeptHead(9, CHAIN[2].event_hash)
        assert [*found(WORKSPACE, CHAIN, kept=kept)] == [*verify(WORKSPACE, CHAIN)]
        assert kept.check() is None


def test_as_many_jobs_are_allowed_as_on_windows() -> None:
    """There a pool of more than 61 processes raises ValueError."""
    with patch.object(sys, "platform", "win32"):
        ProcessPoolExecutor(MAX_JOBS).shutdown()


def test_one_job_starts_no_process() -> None:
    with (
        patch.object(in_processes, "ProcessPoolExecutor", side_effect=AssertionError),
        verifier(1) as found,
    ):
        assert found is verify


def test_the_processes_are_started_at_once_and_are_no_forks() -> None:
    """A fork would share the connections of AWS clients with this process."""
    with verifier(2) as found:
        assert isinstance(found, partial)
        pool: ProcessPoolExecutor = found.args[0]
        assert pool._mp_context == get_context("spawn")
        assert len(pool._processes) == 2
