"""Bodies crafted around numbers, ids and keys: bounded in time and in memory."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc

import pytest
from indelible.errors import MalformedBody
from indelible.ingest.batch import batch_of
from indelible.ingest.receipt import Status
from indelible.web.request import MAX_BODY_BYTES
from support.bodies import read_body
from unit.ingest_driver import IngestDriver

GOOD = '{"actor_id":"user_1","action":"invoice.paid"}'
MEGABYTE = 1_000_000
SECONDS = 6
"""Ten times what the slowest takes here: quadratic time would exceed it."""

MEMORY = 40_000_000
"""Bytes that such a body may take with its values. Ingest has 512 MiB."""


def with_fields(fields: str) -> str:
    return f"{GOOD[:-1]},{fields}}}"


def in_metadata(text: str) -> str:
    return with_fields(f'"metadata":{{"k":{text}}}')


def filled(part: str) -> str:
    """An array of as many of this JSON value as fit in a body."""
    return f"[{','.join([part] * ((MAX_BODY_BYTES - 1_000) // (len(part) + 1)))}]"


DEEP = 200
EVENTS = {
    "keys in metadata": with_fields(
        '"metadata":' + json.dumps({f"k{n}": n for n in range(100_000)})
    ),
    "long integer": in_metadata("1" * MEGABYTE),
    "long negative integer": in_metadata("-" + "1" * MEGABYTE),
    "long fraction": in_metadata("0." + "1" * MEGABYTE),
    "long fraction of zeros": in_metadata("0." + "0" * MEGABYTE + "1"),
    "long exponent": in_metadata("1e" + "9" * MEGABYTE),
    "long negative exponent": in_metadata("1e-" + "9" * MEGABYTE),
    "long mantissa and exponent": in_metadata("1" * MEGABYTE + "e-" + "1" * 5),
    "long integer as an id": with_fields('"tenant_id":' + "9" * MEGABYTE),
    "floats of 18 digits": in_metadata(f"[{','.join(['0.123456789012345678'] * 100_000)}]"),
    "all floats of 18 digits": in_metadata(filled("0.123456789012345678")),
    "all short floats": in_metadata(filled("1.5")),
    "all small floats": in_metadata(filled("1e-400")),
    "all NaN": in_metadata(filled("NaN")),
    "all infinite": in_metadata(filled("1e400")),
    "NaN at the bottom of arrays": in_metadata("[" * DEEP + "NaN" + "]" * DEEP),
    "NaN at the bottom of objects": in_metadata('{"a":' * DEEP + "NaN" + "}" * DEEP),
    "NaN in many objects": in_metadata(filled('{"":NaN}')),
    "all empty targets": with_fields('"targets":' + filled("{}")),
    "many targets with integers": with_fields(
        '"targets":' + json.dumps([{"id": n} for n in range(10_000)])
    ),
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_a_crafted_event_is_invalid_at_little_cost(event: str) -> None:
    body = f'{{"events":[{event},{GOOD}]}}'
    assert len(body) <= MAX_BODY_BYTES
    gc.collect()
    started = time.process_time()
    receipts = IngestDriver().submit(*batch_of(read_body(body, {}, is_base64=False)))
    assert time.process_time() - started < SECONDS
    assert [each.status for each in receipts] == [Status.INVALID, Status.QUEUED]
    assert len(str(receipts[0].as_json())) < 10_000


@pytest.mark.parametrize("name", ["floats of 18 digits", "long mantissa and exponent", "all NaN"])
def test_a_crafted_body_takes_bounded_memory(name: str) -> None:
    body = f'{{"events":[{EVENTS[name]},{GOOD}]}}'
    tracemalloc.start()
    try:
        IngestDriver().submit(*batch_of(read_body(body, {}, is_base64=False)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nan_below_what_a_stack_holds_is_malformed(opening: str, closing: str) -> None:
    levels = 600_000
    with pytest.raises(MalformedBody, match="nested"):
        read_body(in_metadata(opening * levels + "NaN" + closing * levels), {}, is_base64=False)
