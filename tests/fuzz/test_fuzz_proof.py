"""A reader of proofs, or of what runs put, that believes too much is caught by its fuzzer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from indelible.checkpoints import published_run
from indelible.checkpoints.proof_file import ProofFile
from indelible.tlog import endorsement
from indelible.tlog.tiles import EMPTY_EDGE
from indelible.verifying import consistency
from indelible.verifying import proof as verifier

from . import proof, proof_objects, proof_seeds
from .proof_log import the_log

SEEDS = dict(proof_seeds.seeds())


def _nothing(*_: object) -> None:
    """Check nothing."""


def _case(file: ProofFile) -> bytes:
    return b"proof\n" + file.encoded


def test_a_verifier_that_does_not_compare_the_record_with_the_tree_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = the_log().event_file("grown", 3)
    assert file.event is not None
    changed = replace(file.event, record=file.event.record.replace(b"document", b"documemt"))
    case = _case(replace(file, event=changed))
    proof.check(case)
    monkeypatch.setattr(verifier, "check_inclusion", _nothing)
    with pytest.raises(AssertionError, match="another record"):
        proof.check(case)


def test_a_verifier_that_does_not_compare_the_run_with_the_log_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = the_log()
    case = _case(replace(log.files["first"], note=log.old.note))
    proof.check(case)
    monkeypatch.setattr(verifier, "_check_last_entry", _nothing)
    with pytest.raises(AssertionError, match="not of this run"):
        proof.check(case)


def test_a_verifier_to_whom_a_chain_goes_on_that_was_cut_off_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = SEEDS["answer-grown-again"]
    proof.check(case)
    monkeypatch.setattr(consistency, "_check_workspace", lambda *_, **__: True)
    with pytest.raises(AssertionError, match="shown, and it is not so"):
        proof.check(case)


def test_a_quorum_that_is_met_too_early_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    case = SEEDS["policy-all"]
    proof.check(case)
    monkeypatch.setattr(endorsement, "_times_of_all", lambda _, cosigned: {**cosigned, "g": 1})
    with pytest.raises(AssertionError, match="the quorum was counted wrongly"):
        proof.check(case)


def test_a_reader_of_states_that_finds_another_workspace_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proof.check(SEEDS["state-v2"])
    last = the_log().deployment.state.workspaces[-1]
    monkeypatch.setattr(proof_objects, "find_workspace", lambda *_: last)
    with pytest.raises(AssertionError, match="another workspace"):
        proof.check(SEEDS["state-v2"])


def test_a_reader_of_runs_that_believes_the_edge_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = json.loads(SEEDS["run-2"].partition(b"\n")[2])
    case = b"run\n" + json.dumps({**shown, "edge": []}).encode()
    proof.check(case)
    monkeypatch.setattr(published_run, "_read_edge", lambda *_: EMPTY_EDGE)
    with pytest.raises(AssertionError, match="another tree"):
        proof.check(case)
