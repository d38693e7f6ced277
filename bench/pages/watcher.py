"""What the watcher costs each month, from the calls that it makes. A test counts them."""

from __future__ import annotations

from indelible.watching.pace import SHARES

from .inputs import Facts

INVOCATIONS_A_MONTH = 2_630_000 / 300
"""One every five minutes."""

CALLS = {"GetObject": 4.0, "PutObject": 1.0, "GetItem": 1.0}
"""Of an invocation in which nothing is to be checked: the newest run, its state, its position."""

METRICS = 2
"""Metrics of ours that each invocation has."""

_MEMORY_GB = 1.769
_READ_UNIT_BYTES = 4_096


def idle_month(facts: Facts) -> float:
    """Dollars of a month in which there is nothing to check."""
    price = {name: fact.value for name, fact in facts.prices.items()}
    each = {"GetObject": "s3_get", "PutObject": "s3_put", "GetItem": "read_unit"}
    waits = {"GetObject": "s3_get_ms", "PutObject": "s3_put_ms", "GetItem": "dynamodb_ms"}
    calls = sum(count * price[each[name]] for name, count in CALLS.items())
    seconds = sum(count * facts.times[waits[name]].value for name, count in CALLS.items()) / 1_000
    work = price["lambda_request"] + seconds * _MEMORY_GB * price["lambda_second"]
    return INVOCATIONS_A_MONTH * (calls + work)


def heads_month(facts: Facts, workspaces: int) -> float:
    """Dollars of the queries of a month that check the heads of so many workspaces."""
    return INVOCATIONS_A_MONTH / SHARES * workspaces * facts.prices["read_unit"].value


def reading_a_gigabyte(facts: Facts) -> float:
    """Dollars of reading a GB of segments once, without the time that this takes."""
    return 1e9 / _READ_UNIT_BYTES * facts.prices["read_unit"].value
