"""What calls of AWS cost: units, bytes and dollars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..aws import Call
from ..facts import OUTSIDE
from ..units import (
    READ_UNIT_BYTES,
    SQS_CALL_BYTES,
    UNIT_BYTES,
    inserted,
    item_bytes,
    write_units,
)
from .requests import Requests
from .watched import Made

CHARGED = ("api_call", "lambda_request", "lambda_second", "sqs_call", "write_unit", "read_unit")
"""The prices of facts.toml that a design on AWS pays. The others are left out of all designs."""

CHAIN = ("CHAIN#", "HEAD#")
"""Beginnings of the partitions that only the writer of one chain writes to."""


def stored(calls: Sequence[Made]) -> int:
    """The bytes of the items that the calls add to the table."""
    return sum(map(_stored, calls))


def _stored(made: Made) -> int:
    match made.operation:
        case "PutItem":
            return item_bytes(made.parameters["Item"])
        case "BatchExecuteStatement":
            return sum(item_bytes(inserted(each)) for each in made.parameters["Statements"])
        case "TransactWriteItems":
            return sum(item_bytes(each["Put"]["Item"]) for each in made.parameters["TransactItems"])
    return 0


def written(calls: Sequence[Made]) -> int:
    """The write units of the calls."""
    return sum(write_units(Call(each.operation, each.parameters)) for each in calls)


def read(calls: Sequence[Made]) -> int:
    """Read units of consistent reads: one for each started 4 KB of what a call returns."""
    units = 0
    for made in calls:
        match made.operation:
            case "GetItem":
                found = [made.answer["Item"]] if "Item" in made.answer else []
            case "Query":
                found = made.answer["Items"]
            case "BatchGetItem":
                asked = sum(len(each["Keys"]) for each in made.parameters["RequestItems"].values())
                units += asked
                continue
            case _:
                continue
        units += max(1, -(-sum(map(item_bytes, found)) // READ_UNIT_BYTES))
    return units


def busiest(calls: Sequence[Made]) -> int:
    """Write units of the partition of the chain that gets most."""
    units = dict.fromkeys(CHAIN, 0)
    for made in calls:
        match made.operation:
            case "PutItem":
                items = [(made.parameters["Item"], 1)]
            case "TransactWriteItems":
                items = [(each["Put"]["Item"], 2) for each in made.parameters["TransactItems"]]
            case _:
                continue
        for item, factor in items:
            for prefix in units:
                if item.get("pk", {"S": ""})["S"].startswith(prefix):
                    units[prefix] += factor * -(-item_bytes(item) // UNIT_BYTES)
    return max(units.values())


def dollars(accepting: Requests, chaining: Requests, requests: int, deliveries: int) -> float:
    """Dollars of a design on AWS. Functions take as long as their requests at stated latencies."""
    calls = accepting.calls + chaining.calls
    chunks = sum(_chunks(made.parameters) for made in calls if made.operation.startswith("Send"))
    seconds = (accepting.milliseconds + chaining.milliseconds) / 1_000
    amounts = {
        "api_call": requests,
        "lambda_request": requests + deliveries,
        "lambda_second": seconds * OUTSIDE.assumed["memory_gb"].value,
        # A delivery is received and deleted once. Receiving costs a call for each 64 KiB.
        "sqs_call": chunks + max(deliveries, _large(calls)) + deliveries,
        "write_unit": written(calls),
        "read_unit": read(calls),
    }
    return sum(OUTSIDE.prices[name].value * amount for name, amount in amounts.items())


def _chunks(parameters: dict[str, Any]) -> int:
    return max(1, -(-_sent_bytes(parameters) // SQS_CALL_BYTES))


def _sent_bytes(parameters: dict[str, Any]) -> int:
    entries = parameters.get("Entries", [parameters])
    return sum(len(each["MessageBody"].encode()) for each in entries)


def _large(calls: Sequence[Made]) -> int:
    """Chunks of 64 KiB in all messages together."""
    total = sum(_sent_bytes(m.parameters) for m in calls if m.operation.startswith("Send"))
    return -(-total // SQS_CALL_BYTES)
