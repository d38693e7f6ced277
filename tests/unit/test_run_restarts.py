"""Restarts that somebody requests again and again: they never keep runs from going on."""

from __future__ import annotations

from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.workspace_state import MAX_RESTARTS
from support.deployment import Deployment


def test_a_workspace_that_is_restarted_once_a_minute_keeps_no_other_from_being_covered() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.grow("ws_b", 3)
    log.run()
    for epoch in range(MAX_RESTARTS):
        log.turns.waiting.append(RestartRequest("ws_a", epoch, 0, "again"))
        assert log.run().warnings == []
    log.turns.waiting.append(RestartRequest("ws_a", MAX_RESTARTS, 0, "again"))
    log.grow("ws_b", 1)
    assert log.run().warnings == [f"ws_a was restarted {MAX_RESTARTS} times already"]
    assert log.covered("ws_a").epoch == MAX_RESTARTS
    assert log.covered("ws_b").size == 4
    assert log.turns.waiting == []
    assert log.run().warnings == []
