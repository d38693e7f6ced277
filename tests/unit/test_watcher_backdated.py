"""Records that were chained long after they say: the watcher warns, and of nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.builders import MINUTE, SECOND
from unit.watched_chains import HOUR, NAME, a_watched_chain, join_the_last_two


def test_a_backdated_record_of_an_idle_chain_is_a_warning() -> None:
    watching = a_watched_chain()
    for _ in range(14):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 50 * MINUTE)
    number, _ = watching.watch_until_found(1)
    assert number == 1
    assert watching.findings == [("ws_b", "backdated", 4)]
    assert watching.verdicts.known["ws_b"].is_valid
    assert watching.watch().found == 0
    assert watching.findings == [("ws_b", "backdated", 4)]


@pytest.mark.parametrize("how", ["joined to the segment before", "under another time"])
def test_a_backdated_record_is_found_however_its_segment_was_changed_since(how: str) -> None:
    watching = a_watched_chain()
    for _ in range(14):
        watching.watch()
    [added] = watching.chain_on("ws_b", 2, at=watching.deployment.now - 50 * MINUTE)
    watching.deployment.run()
    assert watching.deployment.covered("ws_b").size == 5
    if how == "under another time":
        changed = replace(added, first_created_at=watching.deployment.now)
        watching.deployment.ledger.chains["ws_b"][added.first_sequence] = changed
    else:
        join_the_last_two(watching, "ws_b")
    watching.watch()
    assert ("ws_b", "backdated", 4) in watching.findings


def test_a_backdated_record_that_nobody_noted_is_found_by_the_check_of_heads() -> None:
    watching = a_watched_chain()
    for _ in range(12):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 80 * MINUTE, is_noted=False)
    watching.watch_until_found(HOUR)
    assert watching.findings == [("ws_b", "backdated", 4)]
    watching.watch()
    assert watching.deployment.covered("ws_b").size == 5


def test_a_state_that_cannot_be_read_is_reported_and_compared_with_no_more() -> None:
    """It may be of another version, or a writer of the state bucket may have put it."""
    watching = a_watched_chain()
    watching.watch()
    watching.deployment.states.versions["other"] = (2).to_bytes(4) + bytes(8)
    position = watching.position
    position.state_version = "other"
    watching.positions.content = position.encoded
    watching.chain_on("ws_b", 2)
    [reason] = watching.watch().unfinished
    assert reason.startswith("backdated: the state of the last invocation: ")
    assert watching.watch().unfinished == []


def test_chains_for_which_there_is_no_time_are_counted() -> None:
    watching = a_watched_chain()
    for _ in range(14):
        watching.watch()
    for name in ("ws_b", NAME):
        watching.chain_on(name, 2, at=watching.deployment.now - 50 * MINUTE)
    report = watching.watch(has_time=lambda: False)
    assert (
        "backdated: there was no time to look at 2 of the chains that went on" in report.unfinished
    )
    assert watching.findings == []


def test_an_idle_chain_that_goes_on_is_no_finding() -> None:
    watching = a_watched_chain()
    for _ in range(8):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 30 * SECOND)
    for _ in range(3):
        assert watching.watch().found == 0
