"""The part of docs/cost.md about other designs and hosted products."""

from __future__ import annotations

from ..compare.expected import EXPECTED
from ..compare.names import ITEMS, OURS, OURS_KEYED, TRANSACTIONS
from .cost import stored_per_month, total
from .each_month import always
from .inputs import BATCHES, Facts
from .markdown import dollars, filled, table, text_table

TITLES = {
    "none": "without idempotency keys",
    "keys": "a key for each event",
    "request": "a key for each request",
}

_COMPARED = {
    f"Indelible, {TITLES['none']}": OURS,
    f"Indelible, {TITLES['keys']}": OURS_KEYED,
    ITEMS: ITEMS,
    TRANSACTIONS: TRANSACTIONS,
}


def beside(facts: Facts) -> list[str]:
    """Both sections."""
    return [*_designs(facts), *_hosted(facts)]


def _counted(design: str, batch: int) -> float:
    found = EXPECTED[design, batch].dollars
    if found is None:
        raise ValueError(f"{design} has no price")
    return found


def _designs(facts: Facts) -> list[str]:
    rows = [
        [title, *[dollars(_counted(name, batch)) for batch in BATCHES]]
        for title, name in _COMPARED.items()
    ]
    usual = _counted(ITEMS, 100) / _counted(OURS_KEYED, 100)
    batched = _counted(TRANSACTIONS, 100) / _counted(OURS, 100)
    return [
        "## Other designs",
        table(["events a request", *map(str, BATCHES)], rows),
        filled(
            "These are dollars a million events of [the comparison](comparison.md), which runs "
            "each design and counts its calls: API Gateway, Lambda while it waits, SQS and "
            "DynamoDB. They leave out processor time, logs, X-Ray, data out and our index, so "
            "compare them with each other, and not with the tables above."
        ),
        filled(
            f"At 100 a request, *{ITEMS}* costs {usual:.1f} times as much as ours with a key for "
            "each event: it has an idempotency record for each, too. "
            f"*{TRANSACTIONS.capitalize()}* has none, and costs {batched:.1f} times as much as "
            "ours without keys."
        ),
        filled(
            f"PostgreSQL costs {facts.prices['postgres_month'].value:.2f} dollars a month as the "
            "smallest instance with a standby that one would choose, and SQLite a machine, however "
            "many events there are."
        ),
    ]


def _hosted(facts: Facts) -> list[str]:
    kept = stored_per_month(facts, facts.path("none", 100))
    keeping = kept["table"] + kept["point-in-time recovery"]
    sending = [dollars(total(facts, "none", batch)) for batch in reversed(BATCHES)]
    least, most = always(facts)
    price = facts.prices["workos_stored"]
    rows = [
        [
            "WorkOS: list price of its audit logs' retention",
            f"{price.value * 1e6:.0f}",
            "each month, for each million",
        ],
        ["Indelible: sending a million, 100, 10 or 1 a request", ", ".join(sending), "once"],
        [
            "Indelible: keeping them, with point-in-time recovery",
            dollars(keeping),
            "each month, for each million",
        ],
        ["Indelible: a stack", f"{least:.2f} to {most:.2f}", "each month, without any event"],
    ]
    return [
        "## Hosted products",
        text_table(["what", "dollars", "charged"], rows),
        filled(
            f"WorkOS's price is of {price.looked_up}, from [a third party's copy][copy] of its "
            "[page of prices](https://workos.com/pricing), which we did not read ourselves. A "
            "hosted product also runs the service for you. Of others we found no list price for a "
            "million events."
        ),
        f"[copy]:\n  {price.source}",
    ]
