"""An event that is not covered: the answer says whether to wait, and what keeps its chain."""

from __future__ import annotations

import pytest
from indelible.chain.segment import read_records
from indelible.checkpoints.workspace_state import Hold, WorkspaceState
from indelible.errors import (
    ChainHeld,
    IndelibleError,
    NotCovered,
    NotReady,
)
from indelible.proving.event_proof import READY_SECONDS
from indelible.tlog.compact_range import EMPTY_RANGE
from support.builders import MINUTE, NOON, SECOND, WORKSPACE
from support.deployment import Deployment, damaged
from support.proving import (
    a_deployment,
    publish_state,
)
from unit.proved_events import prove, stored_record


def uncovered(deployment: Deployment, now: int) -> IndelibleError:
    """The error for the first record that is not covered."""
    sequence = deployment.covered(WORKSPACE).size + 1
    with pytest.raises((NotReady, NotCovered, ChainHeld)) as refused:
        prove(deployment, sequence, stored_record(deployment, sequence), now=now)
    assert isinstance(refused.value, IndelibleError)
    return refused.value


def test_a_young_event_is_not_ready_and_an_old_one_is_said_not_to_be_covered() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.grow(WORKSPACE, 5)
    young = uncovered(deployment, NOON + READY_SECONDS * SECOND - MINUTE)
    assert (young.status, young.code, young.retry_after) == (409, "not_ready", 60)
    old = uncovered(deployment, NOON + READY_SECONDS * SECOND + MINUTE)
    assert (old.status, old.code, old.retry_after) == (503, "not_covered", 60)
    assert "up to record 5. The event is record 6," in str(old.public_message)
    assert "chained for 10 minutes" in str(old)


def test_no_event_is_ready_before_the_first_run() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 1)
    with pytest.raises(NotReady):
        prove(deployment, 1, stored_record(deployment, 1))


def test_a_held_chain_says_so_and_why_however_young_the_event_is() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    held = uncovered(deployment, deployment.now)
    assert (held.status, held.code, held.retry_after) == (500, "chain_damaged", None)
    assert str(held.public_message) == (
        "The log covers this workspace's chain up to record 5: since "
        "2026-11-23T12:02:00.000000Z record 10 does not verify (chain_break). "
        "GET /v1/verify says more."
    )


def test_what_was_covered_before_a_chain_was_held_is_still_proved() -> None:
    deployment = a_deployment()
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    deployment.ledger.load([damaged(each) for each in deployment.grow(WORKSPACE, 5)])
    deployment.run()
    prove(deployment, 5, stored_record(deployment, 5))


def test_a_chain_that_is_held_from_its_beginning_is_held() -> None:
    deployment = a_deployment()
    [segment] = deployment.grow(WORKSPACE, 5)
    hold = Hold(NOON, "hash_mismatch", 3, "as it is")
    publish_state(deployment, WorkspaceState(WORKSPACE, tree=EMPTY_RANGE, hold=hold))
    with pytest.raises(ChainHeld, match="up to record 0: since"):
        prove(deployment, 3, read_records(segment)[2])
