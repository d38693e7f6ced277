"""docs/cost.md: dollars per million events, by service and batch size."""

from __future__ import annotations

from ..facts import Fact
from .beside import TITLES, beside
from .checkpoints_part import checkpoints
from .cost import kept_bytes, per_million, stored_per_month, total
from .each_month import always, monthly
from .inputs import BATCHES, KINDS, Facts
from .markdown import dollars, filled, page, table, text_table
from .sources import sources

TARGETS = {"none": 0.22, "keys": 1.00, "request": 0.24}
"""Dollars a million events at 100 a request, all services."""


_TIMES = ("dynamodb_ms", "sqs_ms", "s3_get_ms", "s3_put_ms", "kms_ms")


def cost_page(facts: Facts) -> str:
    """The whole page."""
    return page(
        "<!-- Written by `python -m bench.pages`. Change bench/pages/, not this file. -->",
        "# What it costs",
        filled(
            "Dollars for a million events on AWS, from measured calls, bytes and times, and from "
            f"list prices of {facts.prices['write_unit'].looked_up} in us-east-1. Free tiers are "
            "left out. Most of the price is a matter of how many events a request has: send many."
        ),
        "    python -m bench.pages            # writes this page from what was measured last\n"
        "    python -m bench.pages --measure  # measures first; takes some minutes",
        *_summary(facts),
        *[part for kind in KINDS for part in _itemised(facts, kind)],
        *_storage(facts),
        *_monthly(facts),
        *checkpoints(facts),
        *beside(facts),
        *_method(facts),
        *sources(facts.prices, _times(facts), facts.assumed),
    )


def _times(facts: Facts) -> dict[str, Fact]:
    return {name: facts.times[name] for name in _TIMES}


def _summary(facts: Facts) -> list[str]:
    rows = []
    for kind in KINDS:
        reached = total(facts, kind, 100)
        items = per_million(facts, facts.path(kind, 100))
        largest = max(items, key=lambda name: items[name])
        verdict = "reached" if reached <= TARGETS[kind] else "**missed**"
        rows.append(
            [
                TITLES[kind],
                *[dollars(total(facts, kind, batch)) for batch in BATCHES],
                f"{TARGETS[kind]:.2f}, {verdict}",
                f"{largest}, {items[largest] / reached:.0%}",
            ]
        )
    heads = ["events a request", *map(str, BATCHES), "aim at 100", "largest at 100"]
    about = filled(
        "*A key for each event* is `idempotency_key` in it, *a key for each request* the header "
        "`Idempotency-Key`. The first costs a write and a read for every event."
    )
    one = per_million(facts, facts.path("none", 1))
    dearest = sorted(one, key=lambda name: one[name], reverse=True)[:3]
    shares = ", ".join(f"{name} {one[name] / sum(one.values()):.0%}" for name in dearest)
    why = filled(
        "Alone, an event pays for a call, an invocation, a message and log lines of its own: "
        f"{shares}. At 100 a request what is stored costs most, and it is compressed."
    )
    return ["## All services", table(heads, rows), about, why]


def _itemised(facts: Facts, kind: str) -> list[str]:
    columns = [per_million(facts, facts.path(kind, batch)) for batch in BATCHES]
    columns.append(per_million(facts, facts.path(kind, BATCHES[-1]), busy=True))
    rows = [[name, *[dollars(each[name]) for each in columns]] for name in columns[0]]
    rows.append(["**all**", *[f"**{dollars(sum(each.values()))}**" for each in columns]])
    heads = ["events a request", *map(str, BATCHES), "100, busy"]
    title = TITLES[kind][0].upper() + TITLES[kind][1:]
    after = (
        [
            filled(
                "In the first columns, the writer gets one message a delivery. *Busy* means that "
                "ten wait each time. So a workspace gets cheaper the more it sends."
            )
        ]
        if kind == KINDS[0]
        else []
    )
    return [f"## {title}", table(heads, rows), *after]


def _storage(facts: Facts) -> list[str]:
    columns = [stored_per_month(facts, facts.path(kind, 100)) for kind in KINDS]
    rows = [[name, *[dollars(each[name]) for each in columns]] for name in columns[0]]
    heads = ["dollars a month", "without keys", "a key an event", "a key a request"]
    size = kept_bytes(facts, facts.path("none", 100))
    return [
        "## Keeping them",
        table(heads, rows),
        filled(
            f"For a million events, at 100 a request. An event takes {size:.0f} bytes of the "
            "table, its index included, and a claim 350 more. What is kept costs this every month."
        ),
    ]


def _monthly(facts: Facts) -> list[str]:
    fees = monthly(facts)
    rows = [[fee.what, _range(fee.least, fee.most), fee.charged] for fee in fees]
    least, most = always(facts)
    return [
        "## Each month",
        text_table(["what", "dollars a month", "charged"], rows),
        filled(
            f"So a stack costs {_range(least, most)} dollars a month without any event, and at "
            f"most {sum(fee.most for fee in fees):.2f} with some in every hour, before the events "
            "themselves."
        ),
    ]


def _range(least: float, most: float) -> str:
    if not least:
        return f"≤ {most:.2f}"
    return f"{least:.2f}" if least == most else f"{least:.2f} to {most:.2f}"


def _method(facts: Facts) -> list[str]:
    path = facts.path("none", 100)
    return [
        "## How it is computed",
        filled(
            "- **Counted**, by running the real handlers with typical events of 500 bytes: calls "
            "to AWS, write and read units, bytes of messages, answers, items and log lines. They "
            "do not depend on the machine."
        )
        + "\n"
        + filled(
            "- **Time of a function**: its calls at the times below, one after the other, and "
            "processor time divided by the share of a processor that 1,024 MB have. Ingest has "
            f"{path.ingest.cpu_ms:.1f} ms of it for 100 events, the writer "
            f"{path.writer.cpu_ms:.1f} ms, measured on {facts.machine['system']} with Python "
            f"{facts.machine['python']} and botocore at work. We assume that Lambda's arm64 takes "
            "as long."
        )
        + "\n"
        + filled(
            "- **Assumed**: an insert in a batch costs a write unit for each started kilobyte "
            "([decision 025](decisions/025-claims-one-by-one.md)), and looking for a key that is "
            "not there costs a read unit. No request is repeated. Cold starts are left out. "
            "Lambda reads a table's stream free of charge."
        ),
    ]
