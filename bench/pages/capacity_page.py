"""docs/capacity.md and its pictures: what limits a workspace and a stack, and what to change."""

from __future__ import annotations

from ..facts import Fact
from .capacity import Queue, ceilings, lags, saturation, used
from .inputs import BATCHES, Facts
from .markdown import filled, page, table
from .sources import sources
from .svg import Chart, Line, draw

ONE, MANY = Queue(1, 1, 100), Queue(10_000, 100, 100)
"""One workspace, and ten thousand that share 100 environments of the writer."""

BASE = 100
"""Events a second that are multiplied: 8.6 million a day."""

TIMES = (10, 100, 1_000)
_SHARES = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
_RATES = (10_000, 50_000, 100_000, 130_000, 145_000, 160_000, 180_000, 210_000, 240_000, 280_000)
_MESSAGES = {1: 20_000, 10_000: 80_000}

_CHANGES = {
    "ThrottleRate": 'deploy with `PARAMETERS="ThrottleRate=… ThrottleBurst=…"`, or send larger '
    "batches, which costs less",
    "calls of API Gateway": "ask for a higher quota L-8A5B8E43, *throttle rate* of API Gateway",
    "Lambda's environments": "ask for a higher quota L-B99A9384, *concurrent executions* of "
    "Lambda; then reserve with `IngestConcurrency` and `WriterConcurrency`",
    "write units of the table": "ask for a higher quota *table-level write throughput* "
    "of DynamoDB; before a jump, warm the table up",
    "calls of the queue": "ask AWS for more calls a second, or deploy a second stack and give it "
    "some of the workspaces",
}


def capacity_page(facts: Facts) -> str:
    """The whole page."""
    return page(
        "<!-- Written by `python -m bench.pages`. Change bench/pages/, not this file. -->",
        "# How much it takes",
        filled(
            "What one workspace and one stack can take, which quota ends it, and what an operator "
            "changes then. It is computed from measured calls and units and from AWS's default "
            "quotas, and simulated where messages wait for each other. It has not been seen on "
            "AWS: test with your own events before you rely on it."
        ),
        "    python -m bench.pages            # writes this page and its pictures\n"
        "    python -m bench.pages --measure  # measures first; takes some minutes",
        *_one_workspace(facts),
        *_multiplied(facts),
        *_lags(facts),
        *sources(facts.quotas, _times(facts)),
    )


def _times(facts: Facts) -> dict[str, Fact]:
    return {name: facts.times[name] for name in ("dynamodb_ms", "sqs_ms", "cycle_ms")}


def pictures(facts: Facts) -> dict[str, str]:
    """The pictures of the page, by the names of their files."""
    one = [saturation(facts, ONE) * share for share in _SHARES]
    table_quota = _table_quota(facts)
    return {
        "lag-one-workspace.svg": _chart(
            facts, ONE, one, "One workspace", (saturation(facts, ONE), "its ceiling")
        ),
        "lag-many-workspaces.svg": _chart(
            facts,
            MANY,
            _RATES,
            "Ten thousand workspaces, 100 environments of the writer",
            (table_quota, "default quota of the table"),
        ),
    }


def _chart(
    facts: Facts, queue: Queue, rates: list[float] | tuple[int, ...], title: str,
    limit: tuple[float, str],
) -> str:  # fmt: skip
    found = [lags(facts, queue, rate, _MESSAGES[queue.workspaces]) for rate in rates]
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


def _one_workspace(facts: Facts) -> list[str]:
    columns = [ceilings(facts, batch) for batch in BATCHES]
    least = [min(v for name, v in each.items() if "own" not in name) for each in columns]
    rows = [
        [name, *[_marked(each[name], low) for each, low in zip(columns, least, strict=True)]]
        for name in columns[0]
    ]
    return [
        "## One workspace",
        filled(
            "Events a second at which each part of a workspace's way ends, with so many events a "
            "request. One chain has one writer at a time, so more environments do not help it."
        ),
        table(["events a request", *map(str, BATCHES)], rows),
        filled(
            "Bold is the ceiling. At 1 and 10 a request it is the writer's loop: a delivery has at "
            "most ten messages, and takes 40 ms between two, a read and a put. At 100 it is "
            "DynamoDB: all segments of a chain are in one partition, and a rising sort key is "
            "never split. Both are fixed by AWS. ([comparison.md](comparison.md) leaves out the "
            "pause and the processor's time, so its loops are faster.) What you can change:"
        ),
        filled(
            f"- Send more events a request: {BATCHES[1]} raise the ceiling "
            f"{least[1] / least[0]:.0f}-fold, {BATCHES[2]} raise it {least[2] / least[0]:.0f}-fold."
        )
        + "\n"
        + filled(
            "- Our own limits come first unless you raise them: `indelible workspace set-limits` "
            "with `--requests-per-minute` and `--bytes-per-minute`. "
            "So does the month's quota, `--events-per-month`: 10 million is 3.9 a second."
        )
        + "\n"
        + filled("- Split what is sent over several workspaces. Each has a chain of its own."),
    ]


def _marked(value: float, least: float) -> str:
    return f"**{value:,.0f}**" if value == least else f"{value:,.0f}"


def _multiplied(facts: Facts) -> list[str]:
    heads = ["share of the quota", *[f"{n:,} times" for n in TIMES]]
    parts = [
        "## Ten, a hundred, a thousand times the load",
        filled(
            f"The load is {BASE} events a second over many workspaces, 8.6 million a day. "
            "**Bold** is what ends it first, and everything above 100 % has to be changed. Each "
            "message is counted as a delivery of its own; busy workspaces use less."
        ),
    ]
    for batch in reversed(BATCHES):
        columns = [used(facts, BASE * times, batch) for times in TIMES]
        rows = [
            [name, *[_share(each[name], max(each.values())) for each in columns]]
            for name in columns[0]
        ]
        title = f"{batch} event{'s' if batch > 1 else ''} a request:"
        parts += [title, table(heads, rows)]
    changes = [filled(f"- {name}: {change}.") for name, change in _CHANGES.items()]
    after = [
        "What to change:",
        "\n".join(changes),
        filled(
            "The queue has one more bound: SQS looks at the first "
            f"{facts.quotas['waiting_messages'].value:,.0f} messages only. Ingest refuses a "
            "workspace with 429 `backlogged` long before "
            "([operators.md](operators.md#the-queue))."
        ),
    ]
    return [*parts, *after]


def _share(value: float, largest: float) -> str:
    text = f"{value:,.0%}" if value >= 0.095 else f"{value:.1%}"
    return f"**{text}**" if value == largest else text


def _lags(facts: Facts) -> list[str]:
    one, many = saturation(facts, ONE), saturation(facts, MANY)
    half = lags(facts, ONE, one / 2, _MESSAGES[1])
    nearly = lags(facts, ONE, one * 0.96, _MESSAGES[1])
    alone = saturation(facts, MANY, 1)
    return [
        "## How long events wait",
        filled(
            "A simulation (`bench/pages/queueing.py`): messages arrive at random, each workspace "
            "is a message group, a free environment takes up to ten messages of the group that "
            "has waited longest. A test compares it with what is known of queues: M/D/1, Little's "
            "law."
        ),
        "![Lag against load, one workspace](images/lag-one-workspace.svg)",
        filled(
            f"One workspace: at half of its ceiling half of the events wait {half[0]:.2f} s or "
            f"less, and 99 of 100 {half[1]:.2f} s. At 96 % that is {nearly[0]:.2f} and "
            f"{nearly[1]:.2f} s. Above {one:,.0f} events a second the lag grows without end: "
            "after two minutes of it ingest refuses the workspace until the writer has caught up."
        ),
        "![Lag against load, many workspaces](images/lag-many-workspaces.svg)",
        filled(
            f"Ten thousand workspaces with `WriterConcurrency=100`: up to {alone:,.0f} events a "
            "second each message is taken at once. Above that all environments are at work, and "
            "workspaces wait for each other. Deliveries fill up then, so the lag rises to several "
            f"seconds but not without end, until {many:,.0f} a second fill every delivery. The "
            f"default quota of the table, {_table_quota(facts):,.0f} a second, ends it before. "
            "More environments shorten the lag: twice as many take twice as much."
        ),
    ]
