"""Chunks of an export's file end so that every step of the work comes to an end."""

from __future__ import annotations

import gzip

import pytest
from indelible.export_file.manifest import Manifest
from indelible.exporting.chunks import Chunk, file_header, read_chunks
from indelible.exporting.job import Format
from indelible.exporting.range import make_manifest
from indelible.exporting.sizes import Sizes
from indelible.filters import read_filters
from support.builders import NOON, SECOND, WORKSPACE, a_chain, a_queued_event
from support.memory_ledger import MemoryLedger

NO_MATCH = read_filters({"search": "no such text"})
LARGE = {"metadata": {"text": "x" * 1_000}}


def chunks_of(file_format: Format, sizes: Sizes) -> tuple[Manifest, list[Chunk]]:
    """The chunks of 40 large records, five in a segment, of which none matches."""
    events = [a_queued_event(n, NOON + n * SECOND, **LARGE) for n in range(40)]
    ledger = MemoryLedger()
    ledger.load(a_chain(0, 5, events))
    manifest = make_manifest(ledger, WORKSPACE, NO_MATCH, NOON)
    return manifest, [*read_chunks(ledger, file_format, NO_MATCH, manifest, 1, sizes)]


@pytest.mark.parametrize("file_format", Format)
def test_a_chunk_ends_when_enough_was_compared_although_nothing_matched(
    file_format: Format,
) -> None:
    _, chunks = chunks_of(file_format, Sizes(compared_bytes=8_000))
    assert [each.next_sequence for each in chunks] == [11, 21, 31, 41]
    _, [only] = chunks_of(file_format, Sizes())
    assert only.next_sequence == 41


def test_the_file_does_not_depend_on_its_chunks() -> None:
    files = set()
    for compared_bytes in (1, 8_000, 1_000_000):
        manifest, chunks = chunks_of(Format.NDJSON, Sizes(compared_bytes=compared_bytes))
        packed = file_header(Format.NDJSON, manifest) + b"".join(each.body for each in chunks)
        files.add(gzip.decompress(packed))
    assert len(files) == 1
