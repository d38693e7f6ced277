"""Counts AWS calls and write units of batches, from the calls that the handlers really make.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from .aws import Call, constant_answers
from .figures import Figure
from .handlers import BATCH, Context, Event, Handler, delivery, request

UNIT_BYTES = 1_024
READ_UNIT_BYTES = 4_096
SQS_CALL_BYTES = 64 * 1_024
"""A call of SQS with more is charged as several."""

INSERTS, INSERTS_SIDE_BY_SIDE = "BatchExecuteStatement", 4
"""Ingest makes up to four of these calls at the same time (docs/decisions/025)."""

CALLS_TARGET, CALLS_KEYED_TARGET = 3, 5
CALLS_WHOLE_BATCH_TARGET = 4 + BATCH // 25
"""With keys: four, and one for each 25 keys. These are made side by side."""
_BATCHES = 20
"""Number of batches measured in a row. Units are whole numbers, so a single batch says little."""

UNITS_TARGET, UNITS_KEYED_TARGET = 0.18, 1.25
_ATTRIBUTE = re.compile(r"'(\w+)': \?")

Attributes = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Attributes) -> int:
    """Return the size of an item in bytes: the names and values of its attributes."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "SS":
            return sum(len(each.encode()) for each in content)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "N":
            return _number_bytes(content)
    raise ValueError(f"no size is known for attributes of type {kind}")


def _number_bytes(text: str) -> int:
    """One byte per two significant digits, plus one. Leading and trailing zeros do not count."""
    digits = len(text.lstrip("-").strip("0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


def write_units(call: Call) -> int:
    """Return a call's write units: one per started kilobyte of an item, two in a transaction.

    That an insert in a batch costs as much as a put is an assumption.
    """
    parameters = call.parameters
    match call.operation:
        case "PutItem":
            return _units(parameters["Item"])
        case "BatchExecuteStatement":
            return sum(_units(inserted(each)) for each in parameters["Statements"])
        case "UpdateItem":
            return _units(_updated(parameters))
        case "TransactWriteItems":
            return sum(2 * _units(each["Put"]["Item"]) for each in parameters["TransactItems"])
    return 0


def _units(item: Attributes) -> int:
    return -(-item_bytes(item) // UNIT_BYTES)


def inserted(statement: Mapping[str, Any]) -> Attributes:
    """Return the item of an INSERT, which has a parameter for each attribute."""
    names = _ATTRIBUTE.findall(statement["Statement"])
    return dict(zip(names, statement["Parameters"], strict=True))


def _updated(parameters: Mapping[str, Any]) -> Attributes:
    """Return the key and all new values; the updated item is no larger."""
    return {**parameters["Key"], **parameters["ExpressionAttributeValues"]}


def _calls(handler: Handler, invocation: Event) -> list[Call]:
    with constant_answers() as calls:
        handler(invocation, Context())
    return list(calls)


def _names(calls: list[Call]) -> str:
    return ", ".join(call.operation for call in calls)


def count_calls(ingest: Handler, writer: Handler) -> list[Figure]:
    """Count AWS calls per invocation of warm functions."""
    kinds = {
        "ingest, batch of 100": (ingest, request(BATCH), CALLS_TARGET),
        "ingest, batch of 100 with keys": (
            ingest,
            request(BATCH, keyed=True),
            CALLS_WHOLE_BATCH_TARGET,
        ),
        "ingest, one event": (ingest, request(1, single=True), CALLS_TARGET),
        "ingest, one event with a key": (
            ingest,
            request(1, keyed=True, single=True),
            CALLS_KEYED_TARGET,
        ),
        "writer, 100 events": (writer, delivery(BATCH), None),
        "writer, 1,000 events": (writer, delivery(10 * BATCH), None),
    }
    figures = []
    for name, (handler, invocation, target) in kinds.items():
        _calls(handler, invocation)
        calls = _calls(handler, delivery(_events(invocation)) if target is None else invocation)
        figures.append(
            Figure("AWS calls", name, "calls", len(calls), target=target, note=_names(calls))
        )
    return figures


def _events(invocation: Event) -> int:
    return BATCH * len(invocation["Records"])


def _calls_of_batches(ingest: Handler, writer: Handler, keyed: bool) -> list[Call]:
    calls = []
    for batch in range(_BATCHES):
        calls += _calls(ingest, request(BATCH, keyed=keyed, skip=batch * BATCH))
        calls += _calls(writer, delivery(BATCH, keyed=keyed, skip=batch * BATCH))
    return calls


def count_bytes(ingest: Handler, writer: Handler) -> list[Figure]:
    """Count the bytes per event at 100 a batch, on the queue and in the table permanently."""
    figures = []
    for kind, keyed in (("without keys", False), ("with keys", True)):
        calls = _calls_of_batches(ingest, writer, keyed)
        sizes: Counter[str] = Counter()
        for call in calls:
            sizes[call.operation] += _bytes_kept(call)
        parts = {"SendMessage": "message", "PutItem": "segment", "BatchExecuteStatement": "claims"}
        figures += [
            Figure(
                "bytes per event, 100 a batch",
                f"{part}, {kind}",
                "bytes",
                sizes[operation] / (BATCH * _BATCHES),
            )
            for operation, part in parts.items()
            if sizes[operation]
        ]
    return figures


def _bytes_kept(call: Call) -> int:
    """Return the bytes that a call adds to the queue or the table."""
    parameters = call.parameters
    match call.operation:
        case "SendMessage":
            return len(parameters["MessageBody"].encode())
        case "PutItem":
            return item_bytes(parameters["Item"])
        case "BatchExecuteStatement":
            return sum(item_bytes(inserted(each)) for each in parameters["Statements"])
    return 0


def count_write_units(ingest: Handler, writer: Handler) -> list[Figure]:
    """Count write units per event at 100 a batch, in total and for each kind of item."""
    group = "write units per event, 100 a batch"
    figures = []
    for kind, keyed, target in (
        ("without keys", False, UNITS_TARGET),
        ("with keys", True, UNITS_KEYED_TARGET),
    ):
        calls = _calls_of_batches(ingest, writer, keyed)
        units: Counter[str] = Counter()
        for call in calls:
            units[call.operation] += write_units(call)
        sizes = [item_bytes(c.parameters["Item"]) for c in calls if c.operation == "PutItem"]
        notes = {
            "BatchExecuteStatement": ("claims", "1 for each, an assumption"),
            "UpdateItem": ("usage", "1 for the request"),
            "PutItem": ("segment", f"items of {min(sizes):,} to {max(sizes):,} bytes"),
        }
        events = BATCH * _BATCHES
        figures.append(Figure(group, kind, "units", units.total() / events, target=target))
        figures += [
            Figure(group, f"  {part}", "units", units[operation] / events, note=note)
            for operation, (part, note) in notes.items()
            if units[operation]
        ]
    return figures
