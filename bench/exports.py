"""Measures background exports: events per second, read units, size of the file, memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from indelible.accounts.caller import Caller
from indelible.accounts.keys import READ
from indelible.accounts.limits import Limits
from indelible.aws.clients import dynamodb_client
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import Table
from indelible.exporting.job import Export
from indelible.exporting.requests import read_export_request
from indelible.exporting.steps import Exporter, run_export_step
from indelible.runtime.clock import now

from .aws import TABLE, WORKSPACE
from .figures import Figure
from .store import Item, Store
from .verifying import segments

EVENTS, SHORT = 120_000, 60_000
PER_SEGMENT = 100
"""One request per segment: the highest number of segments that full batches make."""

CONSTANT = 1.1
"""Twice the events may need at most a tenth more memory. Both exports upload parts."""

_MILLION = 1_000_000


@dataclass(slots=True)
class _Files:
    """`exporting.ports.Files` that keeps only the sizes of the parts."""

    parts: list[int] = field(default_factory=list)

    def begin(self, name: str) -> str:
        return name

    def upload_part(self, _name: str, _upload_id: str, number: int, body: bytes) -> str:
        self.parts.append(len(body))
        return f"{number:032x}"

    def complete(self, _name: str, _upload_id: str, _parts: Sequence[str], size: int) -> None:
        assert sum(self.parts) == size

    def put(self, name: str, body: bytes) -> None:
        raise NotImplementedError("no step is interrupted here")

    def get(self, name: str) -> bytes:
        raise NotImplementedError("no step is interrupted here")


def measure_exports() -> list[Figure]:
    """Measure both formats of one chain, each in one step."""
    store, short = _stored(EVENTS), _stored(SHORT)
    figures = []
    for file_format in ("csv", "ndjson"):
        group = f"background export, {file_format}"
        seconds, export = _made(store, file_format)
        size = (export.file_size or 0) / EVENTS
        units = store.read_units / EVENTS * _MILLION
        peak, peak_of_short = _peak(store, file_format), _peak(short, file_format)
        figures += [
            Figure(group, "speed", "events/s", EVENTS / seconds, more_is_better=True),
            Figure(group, "size of the file", "bytes/event", size),
            Figure(group, "read units of a million events", "units", units),
            Figure(group, f"memory, {EVENTS:,} events", "KiB", peak),
            Figure(group, "the long to the short", "x", peak / peak_of_short, target=CONSTANT),
        ]
    return figures


def _stored(events: int) -> Store:
    store = Store()
    for segment in segments(events, PER_SEGMENT):
        store.put(cast("Item", item_of(segment)))
    return store


def _made(store: Store, file_format: str) -> tuple[float, Export]:
    """Make an export; returns its processor seconds and the export."""
    with store.answering():
        table = Table(dynamodb_client(), TABLE)
        exporter = Exporter(
            ledger=DynamoDBLedger(table),
            exports=DynamoDBExports(table),
            files=_Files(),
            entropy=os.urandom,
            clock=now,
        )
        caller = Caller(WORKSPACE, "imk_EXAMPLE0EXAMPLE0", Limits(), frozenset({READ}))
        request = {"format": file_format}
        export = read_export_request(caller, request, exporter.clock(), os.urandom)
        exporter.exports.create(export)
        store.forget()
        began = time.process_time()
        finished = run_export_step(exporter, WORKSPACE, export.id, lambda: True)
        seconds = time.process_time() - began
    if finished is None or finished.total_rows is None:
        raise RuntimeError(f"the export was not completed: {finished}")
    return seconds, finished


def _peak(store: Store, file_format: str) -> float:
    """Return the peak memory of an export in KiB."""
    tracemalloc.start()
    try:
        _made(store, file_format)
        return tracemalloc.get_traced_memory()[1] / 1_024
    finally:
        tracemalloc.stop()
