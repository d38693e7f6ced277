"""docs/capacity.md: what limits a workspace and a stack, and what to change."""

from __future__ import annotations

from ..facts import Fact
from .capacity import ceilings, used
from .inputs import BATCHES, Facts
from .markdown import filled, page, table
from .sources import sources
from .waiting import waiting

BASE = 100
"""Events a second that are multiplied: 8.6 million a day."""

TIMES = (10, 100, 1_000)

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
        *waiting(facts),
        *sources(facts.quotas, _times(facts)),
    )


def _times(facts: Facts) -> dict[str, Fact]:
    return {name: facts.times[name] for name in ("dynamodb_ms", "sqs_ms", "cycle_ms")}


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
