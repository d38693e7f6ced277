"""Calls and write units of one batch, counted from what the handlers really send.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Units: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .aws import Call, constant_answers
from .figures import Figure
from .handlers import BATCH, Context, Event, Handler, delivery, request

UNIT_BYTES = 1_024
CALLS_TARGET, CALLS_KEYED_TARGET = 3, 5
_BATCHES = 20
"""One after the other, of one application: units are whole, so that a single batch is chance."""

UNITS_TARGET, UNITS_KEYED_TARGET = 0.18, 2.2

Attributes = Mapping[str, Mapping[str, Any]]


def item_bytes(item: Attributes) -> int:
    """The size of an item: its attributes' names and values."""
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
    raise ValueError(f"no item that is written here holds an attribute of type {kind}")


def _number_bytes(text: str) -> int:
    """A byte for two significant digits, and one; zeros at either end are trimmed."""
    digits = len(text.lstrip("-").strip("0"))
    return (digits + 1) // 2 + 1 + text.startswith("-")


def write_units(call: Call) -> int:
    """What one call costs: a unit for each kilobyte begun of an item, twice in a transaction."""
    parameters = call.parameters
    match call.operation:
        case "PutItem":
            return _units(parameters["Item"])
        case "TransactWriteItems":
            return sum(2 * _units(each["Put"]["Item"]) for each in parameters["TransactItems"])
        case "UpdateItem":
            return _units(_updated(parameters))
    return 0


def _units(item: Attributes) -> int:
    return -(-item_bytes(item) // UNIT_BYTES)


def _updated(parameters: Mapping[str, Any]) -> Attributes:
    """No smaller than the item an update leaves: its key and every value that goes into it."""
    return {**parameters["Key"], **parameters["ExpressionAttributeValues"]}


def _calls(handler: Handler, invocation: Event) -> list[Call]:
    with constant_answers() as calls:
        handler(invocation, Context())
    return list(calls)


def _names(calls: list[Call]) -> str:
    return ", ".join(call.operation for call in calls)


def count_calls(ingest: Handler, writer: Handler) -> list[Figure]:
    """AWS calls per invocation, once the function is warm."""
    kinds = {
        "ingest, batch of 100": (ingest, request(BATCH), CALLS_TARGET),
        "ingest, batch of 100 with keys": (ingest, request(BATCH, keyed=True), CALLS_KEYED_TARGET),
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


def count_write_units(ingest: Handler, writer: Handler) -> list[Figure]:
    """Write units per event at 100 a batch, and what each kind of item has in it."""
    group = "write units per event, 100 a batch"
    figures = []
    for kind, keyed, target in (
        ("without keys", False, UNITS_TARGET),
        ("with keys", True, UNITS_KEYED_TARGET),
    ):
        calls = []
        for batch in range(_BATCHES):
            calls += _calls(ingest, request(BATCH, keyed=keyed, skip=batch * BATCH))
            calls += _calls(writer, delivery(BATCH, keyed=keyed, skip=batch * BATCH))
        units: Counter[str] = Counter()
        for call in calls:
            units[call.operation] += write_units(call)
        sizes = [item_bytes(c.parameters["Item"]) for c in calls if c.operation == "PutItem"]
        notes = {
            "TransactWriteItems": ("claims", "2 for each, in a transaction"),
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
