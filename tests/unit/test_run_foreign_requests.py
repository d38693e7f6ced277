"""Requests that no operator has made: they never keep runs from going on."""

from __future__ import annotations

import pytest
from indelible.checkpoints.requests import Request, RestartRequest, TakeOverRequest
from indelible.checkpoints.workspace_state import MAX_RESTARTS
from indelible.covering.run import MAX_REQUESTS
from indelible.errors import Contradiction, DamagedItem
from support.deployment import TABLE, Deployment
from support.memory_log import MemoryTurns


class WithDamagedRequest(MemoryTurns):
    """One request cannot be read."""

    def requests(self) -> list[Request | DamagedItem]:  # type: ignore[override]
        """The others, and its error."""
        return [*super().requests(), DamagedItem("a request")]


def test_a_request_that_cannot_be_read_keeps_no_run_from_going_on() -> None:
    log = Deployment(turns=WithDamagedRequest())
    log.grow("ws_a", 3)
    log.turns.waiting.append(RestartRequest("ws_none", 0, 0, ""))
    [warning] = log.run().warnings
    assert "REQUEST#" in warning
    assert log.covered("ws_a").size == 3
    assert log.turns.waiting == []


def test_a_take_over_is_found_among_however_many_requests() -> None:
    log = Deployment()
    log.grow("ws_a", 3)
    log.run()
    log.table_arn = f"{TABLE}-2"
    log.turns.waiting += [RestartRequest(f"ws_{n}", 0, 0, "") for n in range(MAX_REQUESTS)]
    with pytest.raises(Contradiction, match="take-over"):
        log.run()
    log.turns.waiting.append(TakeOverRequest(log.table_arn))
    log.run()
    assert log.runs[-1].table_arn == log.table_arn
    log.run()
    assert log.turns.waiting == []


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
