"""Prints the comparison: a table for each question, and each target beside its figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from ..facts import OUTSIDE, Fact
from .computed import Ceiling
from .counts import BATCHES, MILLION, Count
from .designs import COMPARED
from .names import ITEMS, OURS, TRANSACTIONS
from .requests import TYPES
from .spent import CHARGED


class Target(NamedTuple):
    """A figure that is to be reached: the name, the value, the target, and its direction."""

    name: str
    value: float
    target: float
    at_least: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the figure reaches it."""
        return self.value >= self.target if self.at_least else self.value <= self.target

    def as_json(self) -> dict[str, Any]:
        """The figure and its target."""
        return {**self._asdict(), "is_met": self.is_met}


def targets(counts: Sequence[Count], ceilings: Sequence[Ceiling]) -> list[Target]:
    """What is to be reached beside the two serverless designs."""
    ways = {count.design: count.whole_way for count in counts if count.batch == 1}
    limits = {each.design: each for each in ceilings if each.batch == 100}
    ours = limits[OURS]
    rows = []
    for name, loop, way in ((ITEMS, 430, 2), (TRANSACTIONS, 5, 1)):
        rows += [
            Target(f"the chain's loop, times that of: {name}", ours.loop / limits[name].loop, loop),
            Target(f"the ceiling with quotas, times: {name}", ours.one / limits[name].one, loop),
            Target(f"one event, whole way, times as fast: {name}", ways[name] / ways[OURS], way),
        ]
    return rows


def print_counts(console: Console, counts: Sequence[Count]) -> None:
    """Requests, units, bytes and dollars."""
    machine = OUTSIDE.prices["postgres_month"]
    for batch in BATCHES:
        table = _table(
            f"What it takes, {batch} a batch",
            ("requests an event", "write units", "read units", "bytes", "$ a million"),
        )
        for count in counts:
            if count.batch == batch:
                each = count.as_json()
                table.add_row(
                    count.design,
                    _short(each["requests_an_event"]),
                    _short(each["write_units_an_event"]),
                    _short(each["read_units_an_event"]),
                    _short(each["bytes_an_event"]),
                    _short(each["dollars_a_million"]),
                )
        console.print(table)
    console.print(
        "Requests go to the store and to the queue. Dollars are those of API Gateway, Lambda, SQS "
        "and DynamoDB, without logs, streams and storage. PostgreSQL costs "
        f"${machine.value:.2f} a month ({machine.source}), and SQLite a machine, "
        "whatever they do.\n"
    )


def print_whole_way(console: Console, ways: Sequence[dict[str, Any]]) -> None:
    """The time of one request, and of its chaining, at the stated latencies."""
    table = _table(
        "The whole way of one batch, one client, at stated latencies",
        ("a batch", "request, ms", "until chained, ms", "events/s", "Indelible to it"),
    )
    ours = {way["batch"]: way["events_a_second"] for way in ways if way["design"] == OURS}
    for batch in BATCHES:
        for way in ways:
            if way["batch"] == batch:
                speed = way["events_a_second"]
                table.add_row(
                    way["design"],
                    str(batch),
                    _short(way["request_ms"]),
                    _short(way["chained_ms"]),
                    _short(speed),
                    f"{ours[batch] / speed:.2f} x",
                )
        table.add_section()
    console.print(table)


def print_ceilings(console: Console, ceilings: Sequence[Ceiling]) -> None:
    """The most events a second of one workspace and of eight."""
    table = _table(
        "The ceiling of a workspace, events/s at stated latencies and quotas",
        ("a batch", "loop", "group", "partition", "one", "eight", "Indelible to it"),
    )
    ours = {each.batch: each.one for each in ceilings if each.design == OURS}
    for each in ceilings:
        limits = [_short(limit) for limit in (each.loop, each.group, each.partition)]
        table.add_row(
            each.design,
            str(each.batch),
            *limits,
            _short(each.one),
            _short(each.eight),
            f"{ours[each.batch] / each.one:.2f} x",
            end_section=each.design == COMPARED[-1].name,
        )
    console.print(table)


def print_wall_clock(console: Console, timed: Sequence[dict[str, Any]]) -> None:
    """What was timed here."""
    table = _table(
        "Wall clock here: store, queue and design on one machine, without network",
        ("workspaces", "a batch", "events/s", "Indelible to it", "rounds", "processor, µs"),
    )
    for each in timed:
        table.add_row(
            each["design"],
            str(each["workspaces"]),
            str(each["batch"]),
            _short(each["events_a_second"]),
            f"{each['indelible_to_it']:.2f} x",
            " to ".join(map(_short, each["indelible_to_it_in_rounds"])),
            _short(each["processor_us_an_event"]),
            end_section=each["design"] == COMPARED[-1].name,
        )
    console.print(table)
    console.print(
        "The designs, DynamoDB Local, PostgreSQL and SQLite share the processors and the disk of "
        "this machine. SQS takes no time, and there is no network. DynamoDB Local is not DynamoDB. "
        "Indelible validates, routes, logs and makes metrics here, and the others do not. The "
        "processor's time is that of the design's own process, for each event.\n"
    )


def print_targets(console: Console, rows: Iterable[Target]) -> None:
    """Each target beside its figure."""
    table = _table("To reach", ("figure", "target", ""))
    for row in rows:
        sign = "≥" if row.at_least else "≤"
        verdict = "[green]met[/green]" if row.is_met else "[red]missed[/red]"
        table.add_row(row.name, _short(row.value), f"{sign} {_short(row.target)}", verdict)
    console.print(table)


def print_sources(console: Console) -> None:
    """What each design leaves out, and what the figures are computed with."""
    console.print("What each design leaves out:")
    for design in COMPARED:
        console.print(f"- {design.name}: {design.leaves_out}")
    console.print("\nWhat is computed with:")
    for name in TYPES:
        _print_fact(console, OUTSIDE.times[name], f"{OUTSIDE.times[name].value:g}")
    for name in CHARGED:
        price = OUTSIDE.prices[name]
        _print_fact(console, price, f"${price.value * MILLION:g} a million")
    for name in ("group_calls", "partition_units", "table_units"):
        _print_fact(console, OUTSIDE.quotas[name], f"{OUTSIDE.quotas[name].value:,.0f}")


def _print_fact(console: Console, fact: Fact, value: str) -> None:
    console.print(f"- {value}: {fact.what}; {fact.basis} {fact.looked_up} {fact.source}".rstrip())


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _short(value: float | None) -> str:
    """Three significant digits, and no fraction from 100 on."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
