"""A chain that cannot be read delays the watcher's checks of no other chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from indelible.chain.segment import Segment
from indelible.errors import DamagedItem, Unavailable
from indelible.index.pages import encode_page
from indelible.times import SECOND
from indelible.watching import finding, full_round
from indelible.watching.finding import Findings, Found
from indelible.watching.pace import HEADS_WITHIN, SHARES, round_length
from support.watched import SPAN, Watching

POISONED = "ws_0"
NAMES = [f"ws_{n}" for n in range(12)]
DAY = 86_400 * SECOND


def some_chains(records: int = 3) -> Watching:
    """Twelve chains that the watcher has seen."""
    watching = Watching()
    for name in NAMES:
        watching.grow(name, records)
    for _ in range(SHARES + 1):
        watching.watch()
    return watching


def poison(watching: Watching, name: str = POISONED) -> None:
    """Let a chain begin with a segment that seems to be from a newer version."""
    chain = watching.deployment.ledger.chains[name]
    chain[1] = replace(chain[1], codec="newer")


def found_in(watching: Watching) -> set[str]:
    return {name for name, _, _ in watching.findings}


def test_heads_of_all_others_are_checked_within_the_hour() -> None:
    watching = some_chains()
    poison(watching)
    for _ in range(2 * SHARES):
        watching.watch()
    for name in NAMES[1:]:
        watching.deployment.ledger.chains[name].clear()
    for _ in range(SHARES + 1):
        report = watching.watch()
    assert found_in(watching) == {*NAMES[1:]}
    assert report.age > 100
    assert "newer version" in report.unfinished[0]


def test_a_chain_that_no_run_has_seen_delays_no_check_of_heads_and_no_other_such_chain() -> None:
    watching = some_chains()
    watching.chain_on("ws_a", 2, is_noted=False)
    watching.chain_on("ws_b", 2, is_noted=False)
    ascending = watching.deployment.ledger.ascending

    def throttled(name: str, *arguments: int, **others: int) -> Iterator[Segment]:
        if name == "ws_a":
            raise Unavailable("throttled")
        return ascending(name, *arguments, **others)

    watching.deployment.ledger.ascending = throttled  # type: ignore[method-assign, assignment]
    reports = [watching.watch() for _ in range(2 * SHARES)]
    assert "heads: throttled" in reports[-1].unfinished
    assert max(each.age for each in reports) <= 100
    assert watching.deployment.covered("ws_b").size == 2
    assert watching.position.listed_at < watching.deployment.now - HEADS_WITHIN
    watching.deployment.ledger.ascending = ascending  # type: ignore[method-assign]
    assert watching.watch().unfinished == []


def test_a_round_reads_all_others_and_the_chain_in_the_end() -> None:
    watching = some_chains()
    codec = watching.deployment.ledger.chains[POISONED][1].codec
    watching.watch_round()
    poison(watching)
    watching.deployment.now += round_length(watching.scrub_days)
    for _ in range(260):
        watching.watch()
    current = watching.position.round
    assert not current.is_read
    assert current.passed == {POISONED: [0]}
    read = {name for name, at in watching.position.rounds.items() if at >= current.began}
    assert read == {*NAMES[1:]}
    chain = watching.deployment.ledger.chains[POISONED]
    chain[1] = replace(chain[1], codec=codec)
    watching.watch()
    assert watching.position.round.is_read
    assert watching.position.round.passed == {}
    assert watching.position.rounds[POISONED] >= current.began


def test_a_round_stops_when_too_much_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_round, "MAX_PASSED", 2)
    watching = some_chains()
    watching.watch_round()
    watching.deployment.now += round_length(watching.scrub_days)
    watching.deployment.ledger.faults.interrupt = _unavailable_for_stretches
    for _ in range(100):
        watching.watch()
    assert sum(map(len, watching.position.round.passed.values())) == 2
    watching.deployment.ledger.faults.interrupt = None
    watching.watch_round()
    assert watching.position.round.passed == {}
    assert found_in(watching) == set()


def _unavailable_for_stretches(method: str) -> None:
    if method == "descending":
        raise Unavailable("throttled")


def test_new_blocks_of_all_others_are_checked() -> None:
    watching = some_chains(SPAN - 1)
    for name in NAMES:
        watching.grow(name, 1)
    poison(watching)
    for name in NAMES[1:]:
        watching.index.stored[name, 0, 0, 0] = encode_page({}, SPAN)
    report = watching.watch()
    assert found_in(watching) == {*NAMES[1:]}
    assert watching.position.behind_since
    assert report.unfinished


def test_what_was_found_elsewhere_ends_once_it_is_mended() -> None:
    watching = some_chains(SPAN)
    pages = dict(watching.index.stored)
    for name in NAMES:
        watching.index.stored[name, 0, 0, 0] = encode_page({}, SPAN)
    watching.deployment.now += round_length(watching.scrub_days)
    for _ in range(60):
        watching.watch()
    assert found_in(watching) == {*NAMES}
    watching.index.stored.update(pages)
    poison(watching)
    watching.watch()
    assert found_in(watching) == {POISONED}


def test_a_damaged_anchor_is_no_reason_for_others_to_have_none() -> None:
    watching = some_chains()
    newest = watching.anchors.newest

    def damaged(name: str, at_most: int) -> object:
        if name == POISONED:
            raise DamagedItem("its anchor")
        return newest(name, at_most)

    watching.anchors.newest = damaged  # type: ignore[method-assign, assignment]
    for name in NAMES:
        watching.grow(name, 1)
    watching.deployment.now += DAY - watching.deployment.now % DAY
    reports = [watching.watch(), watching.watch()]
    assert {name for name, _ in watching.anchors.stored} == {*NAMES[1:]}
    assert [each.unfinished for each in reports] == [["anchors: its anchor"], []]


def test_new_blocks_never_delay_the_check_of_heads() -> None:
    watching = some_chains(SPAN - 1)
    for name in NAMES:
        watching.grow(name, 1)
    before = watching.position.heads
    calls = iter([True])
    watching.watch(has_time=lambda: next(calls, False))
    assert watching.position.heads != before


def test_warnings_do_not_take_the_place_of_what_is_wrong() -> None:
    findings = Findings([])
    for n in range(2 * finding.MAX_UNITS):
        findings.replace(f"ws_{n}", "backdated/5", [Found("backdated", 5, "")], 1)
    assert len([*findings]) == finding.MAX_UNITS
    later = Findings(findings)
    later.replace("ws_a", "records/0", [Found("checkpoint_mismatch", 5, "")], 2)
    assert later.count == 1
    for n in range(2 * finding.MAX_UNITS):
        later.replace(f"ws_{n}", "records/0", [Found("checkpoint_mismatch", 5, "")], 3)
    assert later.count == finding.MAX_UNITS
