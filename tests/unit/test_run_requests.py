"""What operators request is carried out once, beside its entry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.entries import RestartEntry
from indelible.checkpoints.requests import ContinueRequest, RestartRequest
from indelible.checkpoints.workspace_map import row_key
from indelible.errors import Unavailable
from support.builders import SECOND
from support.deployment import Deployment, segments_after


def test_a_restart_ends_an_epoch_beside_its_entry() -> None:
    log = Deployment()
    log.grow("ws_a", 3, 4)
    log.grow("ws_b", 1)
    log.run()
    old = log.covered("ws_a")
    log.cut("ws_a", 3)
    log.note("ws_a", 1)
    assert log.run().held == 1
    hold = log.covered("ws_a").hold
    assert hold
    assert hold.kind == "truncated"
    request = RestartRequest("ws_a", 0, 3, "restored from a backup of yesterday")
    log.turns.waiting.append(request)
    log.append(segments_after("ws_a", log.ledger.chain("ws_a")[-1].head, (2,), number=1_000))
    log.run()
    new = log.covered("ws_a")
    assert (new.epoch, new.size, new.restarts, new.hold) == (1, 5, (3,), None)
    [entry] = log.runs[-1].entries_before
    assert entry == RestartEntry(
        log.now // SECOND, row_key("ws_a"), 0, 7, old.tree.root, 3, request.reason_sha256
    )
    assert log.turns.waiting == []
    assert log.runs[-1].checkpoint.size == 4
    log.assert_sound()


def test_a_restart_that_is_requested_twice_happens_once() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.truths["ws_a"].append(log.truths["ws_a"][0])
    log.turns.waiting += [RestartRequest("ws_a", 0, 3, "one"), RestartRequest("ws_a", 0, 3, "two")]
    log.turns.faults.plan("turns.done", "before")
    with pytest.raises(Unavailable):
        log.run()
    assert log.covered("ws_a").epoch == 1
    assert log.run().published is None
    assert log.turns.waiting == []
    assert log.covered("ws_a").epoch == 1
    log.assert_sound()


def test_a_restart_of_an_unknown_workspace_or_of_another_epoch_changes_nothing() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.turns.waiting += [RestartRequest("ws_a", 1, 3, ""), RestartRequest("ws_none", 0, 3, "")]
    assert log.run().published is None
    assert log.turns.waiting == []


def test_only_the_first_run_continues_another_log() -> None:
    log = Deployment()
    request = ContinueRequest("old.example.com/log", 77, bytes(32))
    log.turns.waiting.append(request)
    log.run()
    entries = [each.encoded for each in log.runs[0].entries]
    assert entries[0].startswith(b"indelible.continues/v1\n")
    log.turns.waiting.append(replace(request, old_size=78))
    assert log.run().published is None
    log.assert_sound()
