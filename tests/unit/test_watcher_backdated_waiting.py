"""Backdated records that follow others which could not be covered for a while."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.deployment import HOUR, damaged
from support.watched import Watching

NAME = "ws_a"
BACKDATED = (NAME, "backdated", 6)


def an_idle_chain() -> Watching:
    watching = Watching()
    watching.grow(NAME, 5)
    watching.grow("ws_b", 1)
    for _ in range(30):
        watching.watch()
    return watching


def hide(watching: Watching, before: int, how: str) -> None:
    """Append a record of so long before; it cannot be covered until two invocations later."""
    log = watching.deployment
    [segment] = watching.chain_on(NAME, 1, at=log.now - before)
    stored = log.ledger.chains[NAME]
    stored[6] = damaged(segment) if how == "held" else replace(segment, codec="newer")
    watching.watch()
    watching.watch()
    stored[6] = segment
    watching.watch()
    watching.watch()
    assert log.covered(NAME).size == 6


@pytest.mark.parametrize("how", ["waits", "held"])
def test_a_record_that_is_older_than_the_wait_is_found(how: str) -> None:
    watching = an_idle_chain()
    hide(watching, 2 * HOUR, how)
    assert BACKDATED in watching.findings
    assert watching.position.idle == {}


@pytest.mark.parametrize("how", ["waits", "held"])
def test_a_record_that_had_to_wait_is_in_order(how: str) -> None:
    watching = an_idle_chain()
    hide(watching, 0, how)
    assert watching.findings == []


def test_a_long_chain_that_is_covered_piece_by_piece_is_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("indelible.covering.cover.MAX_RECORDS", 100)
    watching = Watching()
    watching.chain_on(NAME, *[100] * 8, at=watching.deployment.now - 48 * HOUR)
    for _ in range(10):
        watching.watch()
    assert watching.deployment.covered(NAME).size == 800
    assert watching.findings == []
