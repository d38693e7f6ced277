"""Records that were chained long after they say: the watcher warns, and of nothing else."""

from __future__ import annotations

from support.builders import MINUTE, SECOND
from unit.watched_chains import HOUR, a_watched_chain


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


def test_a_backdated_record_that_nobody_noted_is_found_by_the_check_of_heads() -> None:
    watching = a_watched_chain()
    for _ in range(12):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 80 * MINUTE, is_noted=False)
    watching.watch_until_found(HOUR)
    assert watching.findings == [("ws_b", "backdated", 4)]
    watching.watch()
    assert watching.deployment.covered("ws_b").size == 5


def test_an_idle_chain_that_goes_on_is_no_finding() -> None:
    watching = a_watched_chain()
    for _ in range(8):
        watching.watch()
    watching.chain_on("ws_b", 2, at=watching.deployment.now - 30 * SECOND)
    for _ in range(3):
        assert watching.watch().found == 0
