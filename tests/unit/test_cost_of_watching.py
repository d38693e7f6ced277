"""docs/cost.md says what the watcher costs, by the calls that it makes."""

from __future__ import annotations

from collections import Counter

import pytest
from indelible.watching.pace import INTERVAL, SHARES
from indelible.watching.watch import watch
from support.deployment import always
from support.watched import Watching

from bench.pages import watcher
from bench.pages.inputs import Facts, read_facts

FACTS: Facts = read_facts()
KINDS = {
    "positions.read": "GetObject",
    "states.read": "GetObject",
    "bucket.read": "GetObject",
    "positions.write": "PutObject",
    "turns.read": "GetItem",
    "ascending": "Query",
    "workspaces.ids": "Query",
}


def test_an_idle_invocation_makes_the_calls_that_the_page_counts() -> None:
    """All invocations in which each workspace is checked once. Nothing was published meanwhile."""
    watching = Watching()
    for name in ("ws_a", "ws_b"):
        watching.grow(name, 3)
    watching.watch()
    watching.watch_round()
    watching.share_faults()
    for _ in range(2):  # the first time, all heads may be due at once
        watching.faults.calls.clear()
        for _ in range(SHARES):
            watching.deployment.now += INTERVAL
            watch(watching.services, watching.deployment.now, always)
    made = Counter(KINDS[each] for each in watching.faults.calls)
    assert made.pop("Query") == 2 + 1, "a head each, and the list of workspaces"
    assert {name: count / SHARES for name, count in made.items()} == watcher.CALLS


def test_a_month_of_it_costs_what_a_sum_by_hand_says() -> None:
    # 8,767 invocations of 4 gets, a put and a read, which take 128 ms with 1.769 GB.
    assert watcher.idle_month(FACTS) == pytest.approx(
        2_630_000 / 300 * (4 * 0.4e-6 + 5e-6 + 0.125e-6 + 0.2e-6 + 0.128 * 1.769 * 1.33334e-5),
        rel=1e-3,
    )
    # Every fifty minutes a query of a segment.
    assert watcher.heads_month(FACTS, 1) == pytest.approx(2_630_000 / 3_000 * 0.125e-6)
