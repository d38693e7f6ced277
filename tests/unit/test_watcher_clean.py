"""A clean system: the watcher finds nothing in it, reads all of it, and puts the day's anchors."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from indelible.checkpoints.published_run import read_published_run
from indelible.checkpoints.workspace_map import row_key
from indelible.errors import Unavailable
from indelible.watching.pace import INTERVAL
from support.builders import DAY
from support.deployment import MINUTE
from support.watched import Watching


def a_grown_deployment() -> Watching:
    watching = Watching()
    watching.grow("ws_a", 100, 300, 200)
    watching.grow("ws_b", 1)
    watching.grow("ws_c", *[1_000] * 9)
    return watching


def test_a_clean_system_has_no_findings_over_a_whole_round_with_growth() -> None:
    watching = a_grown_deployment()
    reports = [watching.watch()]
    number = 0
    while not watching.position.round.is_done:
        number += 1
        watching.grow(f"ws_{'abc'[number % 3]}", number % 7 + 1, 260 * (number % 5 == 0) + 1)
        if number % 3 == 0:
            watching.grow(f"ws_new{number}", 3)
        reports.append(watching.watch())
    assert {each.found for each in reports} == {0}
    assert [each.unfinished for each in reports if each.unfinished] == []
    assert watching.findings == []
    assert max(each.age for each in reports) < 100
    assert sum(each.stretches for each in reports) >= 5
    assert {*watching.verdicts.known} >= {"ws_a", "ws_b", "ws_c"}
    assert all(each.is_valid and each.round_at for each in watching.verdicts.known.values())


def test_a_round_is_followed_by_the_next_one_when_its_time_is_over() -> None:
    watching = a_grown_deployment()
    watching.watch_round()
    began = watching.position.round.began
    assert watching.watch().stretches == 0
    watching.watch(after=int(0.9 * DAY))
    assert watching.position.round.began > began


def test_what_is_known_of_a_workspace_is_written_only_when_it_changes() -> None:
    watching = a_grown_deployment()
    watching.watch_round()
    assert sorted(watching.verdicts.puts) == ["ws_a", "ws_b", "ws_c"]
    watching.watch()
    assert len(watching.verdicts.puts) == 3


def test_every_workspace_is_checked_within_an_hour() -> None:
    watching = Watching()
    for number in range(40):
        watching.grow(f"ws_{number}", 1)
    watching.watch()
    watching.share_faults()
    heads = dict.fromkeys(watching.deployment.ledger.chains, 0)
    for _ in range(12):
        before = [*watching.position.heads]
        watching.watch()
        done = [
            n
            for n, (a, b) in enumerate(zip(before, watching.position.heads, strict=True))
            if a != b
        ]
        for name in heads:
            heads[name] += int.from_bytes(row_key(name)[:4]) % 10 in done
    assert min(heads.values()) >= 1


def test_a_workspace_that_grew_has_one_anchor_for_the_day() -> None:
    watching = a_grown_deployment()
    watching.watch()
    watching.grow("ws_a", 5)
    watching.watch(after=DAY - 6 * MINUTE)  # the day after, a little after midnight
    while not watching.position.anchored:
        watching.watch()
    [anchor] = watching.anchors.newest("ws_a", 9)
    run = read_published_run(watching.bucket.objects[f"run/{anchor.run:012d}"])
    assert anchor.checkpoint.size == 605
    assert anchor.period_end == run.run_entry.time
    assert anchor.log_size == run.edge.size
    assert len(watching.anchors.newest("ws_b", 9)) == 1
    for _ in range(3):
        watching.watch()
    watching.watch(after=DAY)
    watching.watch()
    assert len(watching.anchors.newest("ws_a", 9)) == 1


def test_the_watcher_says_how_late_it_is() -> None:
    watching = a_grown_deployment()
    watching.watch()
    assert watching.watch(has_time=lambda: False).age < 100
    for _ in range(12):
        report = watching.watch(has_time=lambda: False)
    assert report.age == report.ages["heads"] > 100
    assert report.ages["round"] < 100
    assert watching.watch(after=INTERVAL).age < 100


@pytest.mark.parametrize("check", ["backdated", "anchors"])
def test_a_check_without_a_pace_that_fails_in_each_invocation_is_late(
    monkeypatch: pytest.MonkeyPatch, check: str
) -> None:
    """All other checks go on, and its line of the log is all that would say so."""
    watching = a_grown_deployment()
    watching.watch(after=DAY // 2 - 5 * MINUTE)  # a little before midnight
    watching.grow("ws_a", 5)
    states, before = watching.deployment.states, watching.position.state_version
    read = states.read
    refused: Any = lambda version: read(version) if version != before else fail()  # noqa: E731
    failing = (states, "read", refused) if check == "backdated" else (watching.anchors, "put", fail)
    with monkeypatch.context() as patched:
        patched.setattr(*failing)
        reports = [watching.watch() for _ in range(14)]
    assert [each.unfinished for each in reports] == [[f"{check}: refused"]] * 14
    assert reports[9].age < 100
    assert reports[-1].age == reports[-1].ages[check] > 100
    assert watching.watch().age < 100


def fail(*_: object) -> NoReturn:
    raise Unavailable("refused")


def test_a_full_round_that_does_not_end_is_late() -> None:
    watching = a_grown_deployment()
    watching.watch(has_time=lambda: False)
    report = watching.watch(after=DAY + INTERVAL, has_time=lambda: False)
    assert report.ages["round"] > 100
