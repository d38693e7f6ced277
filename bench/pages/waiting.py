"""The part of docs/capacity.md about how long events wait, and its pictures."""

from __future__ import annotations

from collections.abc import Sequence

from .capacity import Queue, lags, saturation, used, writers
from .inputs import Facts
from .markdown import filled
from .svg import Chart, Line, draw

ONE, MANY = Queue(1, 1, 100), Queue(10_000, 100, 100)
"""One workspace, and ten thousand that share 100 environments of the writer."""

_SHARES = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96)
"""Of the ceiling of one workspace."""

_RATES = (10_000, 100_000, 200_000, 300_000, 400_000, 440_000, 460_000, 470_000, 480_000, 500_000,
          550_000, 600_000, 700_000)  # fmt: skip
"""Events a second of many workspaces."""

_MESSAGES = 100_000
"""Messages of a simulation. Twice as many change the lags that the page names by less than a tenth,
and those in its pictures by less than a fifth."""


def pictures(facts: Facts) -> dict[str, str]:
    """The pictures of the page, by the names of their files."""
    one = saturation(facts, ONE)
    of_one = [one * share for share in _SHARES]
    many = "Ten thousand workspaces, 100 environments of the writer"
    table = (_table_quota(facts), "default quota of the table")
    return {
        "lag-one-workspace.svg": _chart(facts, ONE, of_one, "One workspace", (one, "its ceiling")),
        "lag-many-workspaces.svg": _chart(facts, MANY, _RATES, many, table),
    }


def _chart(
    facts: Facts, queue: Queue, rates: Sequence[float], title: str, limit: tuple[float, str]
) -> str:
    found = [lags(facts, queue, rate, _MESSAGES) for rate in rates]
    names = ("median", "99th percentile")
    lines = [
        Line(name, [(rate, lag[which]) for rate, lag in zip(rates, found, strict=True)])
        for which, name in enumerate(names)
    ]
    return draw(
        Chart(title, "events a second, 100 a message", "seconds from queue to chain", lines, limit)
    )


def _table_quota(facts: Facts) -> float:
    """Events a second at 100 a request that use up the table's default quota."""
    return 1 / used(facts, 1, 100)["write units of the table"]


def waiting(facts: Facts) -> list[str]:
    """The section."""
    return [
        "## How long events wait",
        filled(
            "A simulation (`bench/pages/queueing.py`): messages arrive at random, each workspace "
            "is a message group, a free environment takes up to ten messages of the group that "
            "has waited longest. Then the workspace pauses for 40 ms, or longer if its partition "
            "needs it. The environment goes on with another workspace at once. A test "
            "compares the simulation with what is known of queues: M/D/1, Little's law."
        ),
        *_one(facts),
        *_many(facts),
    ]


def _one(facts: Facts) -> list[str]:
    one = saturation(facts, ONE)
    half, nearly = (lags(facts, ONE, one * share, _MESSAGES) for share in (0.5, 0.9))
    return [
        "![Lag against load, one workspace](images/lag-one-workspace.svg)",
        filled(
            f"One workspace: at half of its ceiling half of the events wait {half[0]:.2f} s or "
            f"less, and 99 of 100 {half[1]:.2f} s. At 90 % that is {nearly[0]:.2f} and "
            f"{nearly[1]:.2f} s. Above {one:,.0f} events a second the lag grows without end: "
            "after two minutes of it ingest refuses the workspace until the writer has caught up."
        ),
    ]


def _many(facts: Facts) -> list[str]:
    alone, full = saturation(facts, MANY, 1), saturation(facts, MANY)
    quota = _table_quota(facts)
    at_quota, above = (lags(facts, MANY, rate, _MESSAGES) for rate in (quota, _RATES[-1]))
    worked = writers(facts, MANY).seconds(1) * 1_000
    return [
        "![Lag against load, many workspaces](images/lag-many-workspaces.svg)",
        filled(
            "Ten thousand workspaces with `WriterConcurrency=100`: the default quota of the "
            f"table, {quota:,.0f} events a second, comes first. {quota / alone * 100:.0f} % of the "
            f"environments are at work then, and 99 of 100 events wait {at_quota[1]:.2f} s or "
            "less."
        ),
        filled(
            f"With a higher quota: up to {alone:,.0f} events a second environments are free. "
            "Above that all are at work, and workspaces wait for each other. Deliveries fill up "
            f"then, so the lag rises, but not without end: at {_RATES[-1]:,} half of the events "
            f"wait {above[0]:.1f} s or less. It ends where every delivery is full, at {full:,.0f}. "
            "Twice as many environments take twice as much."
        ),
        filled(
            f"A delivery of one message takes {worked:.1f} ms. AWS does not say how long Lambda "
            "takes to hand a free environment its next delivery, so the simulation has no time for "
            f"it. A millisecond would lower the {alone:,.0f} by {100 / (worked + 1):.0f} %."
        ),
    ]
