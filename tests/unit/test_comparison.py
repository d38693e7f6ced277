"""The comparison counts what is waited for, and the check of the baselines finds damage."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.handlers import ROOT

from bench.baselines.shared import BrokenChain, Link, check_links, links
from bench.compare.computed import Ceiling
from bench.compare.counts import BATCHES, Count
from bench.compare.expected import EXPECTED, unexpected
from bench.compare.names import ITEMS, OURS, SINGLE_FILE, TRANSACTIONS
from bench.compare.requests import (
    COMMIT,
    ITEM,
    QUEUE,
    ROUND_TRIP,
    TRANSACTION,
    TYPES,
    Requests,
    waits_of_calls,
    waits_of_protocol,
)
from bench.compare.tables import targets
from bench.facts import OUTSIDE

CHAIN = links(None, [{"actor_id": f"user_{number}"} for number in range(3)])
PROTOCOL = """\
B\t15\tCommandComplete\t "INSERT 0 1"
B\t5\tReadyForQuery\t I
B\t10\tCommandComplete\t "BEGIN"
B\t13\tCommandComplete\t "SELECT 1"
B\t5\tReadyForQuery\t T
B\t15\tCommandComplete\t "INSERT 0 2"
B\t11\tCommandComplete\t "COMMIT"
B\t5\tReadyForQuery\t I
B\t13\tCommandComplete\t "SELECT 1"
B\t5\tReadyForQuery\t I
"""


def test_a_chain_as_it_was_made_verifies() -> None:
    assert check_links(CHAIN) == 3


@pytest.mark.parametrize(
    "damaged",
    [
        [CHAIN[0], CHAIN[2]],
        CHAIN[1:],
        [CHAIN[0], CHAIN[2], CHAIN[1]],
        [CHAIN[0], CHAIN[0], *CHAIN[1:]],
        [CHAIN[0], Link(2, CHAIN[1].record.replace("user_1", "user_9"), CHAIN[1].hash), CHAIN[2]],
        [CHAIN[0], links(CHAIN[0], [{"actor_id": "user_9"}])[0], CHAIN[2]],
    ],
    ids=["missing", "no beginning", "swapped", "twice", "changed", "changed with its hash"],
)
def test_the_check_of_the_baselines_finds_damage(damaged: list[Link]) -> None:
    with pytest.raises(BrokenChain):
        check_links(damaged)


def test_only_inserts_side_by_side_are_waited_for_together() -> None:
    calls = ["GetItem", "UpdateItem", *["BatchExecuteStatement"] * 5, "SendMessage"]
    assert waits_of_calls(calls) == {ITEM: 2 + 2, QUEUE: 1}
    assert waits_of_calls(["TransactWriteItems"] * 3) == {TRANSACTION: 3}


def test_a_commit_in_postgresql_is_counted_only_after_a_write() -> None:
    assert waits_of_protocol(PROTOCOL) == {ROUND_TRIP: 4, COMMIT: 2}


def a_ceiling(design: str, loop: float, partition: float | None = None) -> Ceiling:
    return Ceiling(design, 100, loop, 30_000 if partition else None, partition, None)


def test_the_ceiling_of_a_workspace_is_the_part_that_admits_least() -> None:
    ours = a_ceiling(OURS, 60_000, 9_000)
    assert (ours.binding, ours.one, ours.eight) == ("partition", 9_000, 72_000)
    assert replace(ours, table=50_000).eight == 50_000


def test_sqlite_has_one_writer_for_all_workspaces() -> None:
    assert a_ceiling(SINGLE_FILE, 100_000).eight == 100_000


def a_count(design: str, batch: int, requests: int, calls: dict[str, int]) -> Count:
    """The count of one request, whose requests to the store are all made while it is accepted.

    It costs what is expected.
    """
    dollars = (EXPECTED[design, batch].dollars or 0) * batch / 1e6
    accepting = Requests(requests)
    accepting.waits.update(calls)
    return Count(design, batch, batch, 1, 0, accepting, Requests(), 1, 1, 1, 1, dollars)


def test_a_request_more_than_expected_is_named() -> None:
    expected = int(EXPECTED[OURS, 100].requests * 100)
    assert unexpected([a_count(OURS, 100, expected, {})]) == []
    [sentence] = unexpected([a_count(OURS, 100, expected + 1, {})])
    assert sentence == "Indelible, 100 a batch: 0.06 requests an event, not 0.05"


def test_a_write_unit_more_than_expected_is_named() -> None:
    [sentence] = unexpected([replace(a_count(OURS, 100, 5, {}), write_units=16)])
    assert sentence == "Indelible, 100 a batch: 0.16 write units an event, more than 0.15"


def test_another_price_than_expected_is_named() -> None:
    [sentence] = unexpected([replace(a_count(OURS, 100, 5, {}), dollars=17e-6)])
    assert sentence == "Indelible, 100 a batch: 0.17 dollars a million, not 0.155"


def test_targets_compare_with_both_serverless_designs() -> None:
    counts = [
        a_count(OURS, 1, 1, {ITEM: 5}),
        a_count(ITEMS, 1, 1, {ITEM: 10}),
        a_count(TRANSACTIONS, 1, 1, {ITEM: 4}),
    ]
    ceilings = [
        a_ceiling(OURS, 60_000, 9_000),
        a_ceiling(ITEMS, 40, 1_000),
        a_ceiling(TRANSACTIONS, 3_000, 500),
    ]
    verdicts = [(each.value, each.is_met) for each in targets(counts, ceilings)]
    assert verdicts == [
        (1_500, True),
        (225, False),
        (2, True),
        (20, True),
        (18, True),
        (0.8, False),
    ]


PAGE = (ROOT / "docs" / "comparison.md").read_text()
DESIGN = re.compile(r"^\| (.+?) \| (.+?) \| (.+?) \| .+ \| (.+) \|$", re.MULTILINE)


def test_the_page_has_the_counts_that_are_asserted() -> None:
    table = PAGE.partition("## What it takes\n")[2].partition("\n## ")[0]
    written = {name: columns for name, *columns in DESIGN.findall(table)}
    assert written.keys() - {"design", "---"} == {name.strip() for name, _ in EXPECTED}
    for (name, batch), expected in EXPECTED.items():
        requests, units, dollars = (each.split(" / ") for each in written[name.strip()])
        place = BATCHES.index(batch)
        assert float(requests[place]) == expected.requests
        if expected.write_units is not None:
            assert float(units[place]) <= expected.write_units
            assert float(dollars[place]) == expected.dollars


def test_the_page_has_the_times_and_sources_that_are_computed_with() -> None:
    table = PAGE.partition("| request | ms |")[2].partition("\n\n")[0]
    written = re.findall(r"^\| .+? \| (\d+) \| ", table, re.MULTILINE)
    times = [OUTSIDE.times[name] for name in TYPES]
    assert list(map(float, written)) == [fact.value for fact in times]
    quotas = [OUTSIDE.quotas[name] for name in ("group_calls", "partition_units")]
    assert all(fact.source in PAGE for fact in [*times, *quotas])
    assert f"${OUTSIDE.prices['postgres_month'].value:.2f} a month" in PAGE
