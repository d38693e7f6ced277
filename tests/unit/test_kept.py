"""What a restart keeps: the covered records that the chain still has, as the bucket shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.chain.hashes import EMPTY
from indelible.checkpoints.requests import RestartRequest
from indelible.covering.kept import Kept, find_kept
from indelible.verifying.breaks import BreakType
from support.builders import WORKSPACE
from support.deployment import Deployment, damaged, segments_after


def a_log(*counts: int) -> Deployment:
    """A deployment with a run after each growth by so many records."""
    deployment = Deployment()
    for count in counts:
        deployment.grow(WORKSPACE, count)
        deployment.run()
    return deployment


def kept_of(deployment: Deployment) -> Kept:
    return find_kept(
        deployment.ledger,
        deployment.bucket,
        deployment.states,
        deployment.runs[-1],
        deployment.covered(WORKSPACE),
        lambda _: None,
    )


def rewrite(deployment: Deployment, after: int, *counts: int) -> None:
    """Put other records, whose hashes fit, in place of those after this sequence."""
    chain = deployment.ledger.chain(WORKSPACE)
    head = next(each.head for each in chain if each.last_sequence == after)
    deployment.cut(WORKSPACE, after)
    deployment.append(segments_after(WORKSPACE, head, counts, number=10_000))


@pytest.mark.parametrize("counts", [(1,), (256,), (255, 2), (100, 200, 300)])
def test_a_chain_that_is_as_it_was_covered_loses_nothing(counts: tuple[int, ...]) -> None:
    deployment = a_log(*counts)
    deployment.grow(WORKSPACE, 20)
    kept = kept_of(deployment)
    assert (kept.size, kept.covered) == (sum(counts), sum(counts))
    assert kept.is_exact
    assert not kept.lost
    assert kept.broken is None


def test_full_tiles_show_each_record_that_is_kept() -> None:
    deployment = a_log(100, 100, 100, 300)
    deployment.cut(WORKSPACE, 200)
    kept = kept_of(deployment)
    assert (kept.size, kept.lost, kept.is_exact) == (200, range(201, 601), True)


def test_a_rewritten_record_in_a_full_tile_is_the_first_lost() -> None:
    deployment = a_log(100, 100, 400)
    rewrite(deployment, 100, 500)
    kept = kept_of(deployment)
    assert (kept.size, kept.lost[0], kept.is_exact) == (100, 101, True)


def test_behind_the_last_full_tile_earlier_states_show_what_is_kept() -> None:
    """Subtrees of the newest state show 896, the state of the run that covered 950 shows 950."""
    deployment = a_log(900, 40, 10, 50)
    deployment.cut(WORKSPACE, 950)
    kept = kept_of(deployment)
    assert (kept.size, kept.lost, kept.is_exact) == (950, range(951, 1_001), True)


def test_without_earlier_states_only_whole_subtrees_are_shown() -> None:
    deployment = a_log(900, 40, 10, 50)
    newest = deployment.runs[-1].state_version
    for version in [each for each in deployment.states.versions if each != newest]:
        del deployment.states.versions[version]
    deployment.cut(WORKSPACE, 950)
    kept = kept_of(deployment)
    assert (kept.size, kept.records, kept.is_exact) == (896, 950, False)


def test_a_rewritten_end_is_not_kept() -> None:
    deployment = a_log(100, 30, 10)
    rewrite(deployment, 100, 40)
    kept = kept_of(deployment)
    assert (kept.size, kept.lost) == (100, range(101, 141))


@pytest.mark.parametrize("runs", range(1, 20))
def test_of_many_runs_the_last_that_the_chain_still_fits_is_found(runs: int) -> None:
    deployment = a_log(*[3] * 20)
    deployment.cut(WORKSPACE, 3 * runs)
    assert kept_of(deployment).size == 3 * runs


def test_the_last_record_of_a_tile_counts_as_any_other() -> None:
    deployment = a_log(255, 1)
    rewrite(deployment, 255, 1)
    assert kept_of(deployment).size == 255


def test_records_after_a_gap_are_not_in_the_chain() -> None:
    deployment = a_log(100, 100, 100)
    del deployment.ledger.chains[WORKSPACE][101]
    kept = kept_of(deployment)
    assert (kept.size, kept.records) == (100, 100)


def test_a_chain_that_is_again_as_in_an_earlier_epoch_is_not_the_one_of_this_epoch() -> None:
    deployment = a_log(100, 40)
    first = {**deployment.ledger.chains[WORKSPACE]}
    deployment.cut(WORKSPACE, 0)
    deployment.append(segments_after(WORKSPACE, EMPTY, (100, 40), number=10_000))
    deployment.turns.waiting.append(RestartRequest(WORKSPACE, 0, 0, "rewritten"))
    deployment.run()
    assert deployment.covered(WORKSPACE).epoch == 1
    deployment.ledger.chains[WORKSPACE] = first
    assert kept_of(deployment).size == 0


def test_a_deleted_chain_keeps_nothing() -> None:
    deployment = a_log(300)
    deployment.cut(WORKSPACE, 0)
    kept = kept_of(deployment)
    assert (kept.size, kept.records, kept.lost) == (0, 0, range(1, 301))


def test_a_break_in_the_chain_is_named_since_a_new_epoch_ends_there() -> None:
    deployment = a_log(10, 10, 10)
    chain = deployment.ledger.chain(WORKSPACE)
    deployment.cut(WORKSPACE, 10)
    deployment.append([damaged(chain[1])])
    kept = kept_of(deployment)
    assert kept.size == 20
    assert kept.broken
    assert kept.broken.type == BreakType.CHAIN_BREAK


def test_records_of_an_earlier_epoch_are_not_taken_for_those_of_this_one() -> None:
    deployment = a_log(10)
    state = replace(deployment.covered(WORKSPACE), epoch=1)
    deployment.cut(WORKSPACE, 0)
    kept = find_kept(
        deployment.ledger,
        deployment.bucket,
        deployment.states,
        deployment.runs[-1],
        state,
        lambda _: None,
    )
    assert kept.size == 0
