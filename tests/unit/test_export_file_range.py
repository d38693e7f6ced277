"""The range of an export: exact for requested times, and complete whatever is damaged."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest
from indelible.chain.ledger import Ledger
from indelible.chain.segment import Damaged, Segment, event_hashes_of
from indelible.errors import ExportFailed, Unreadable
from indelible.export_file.manifest import Manifest
from indelible.export_file.reader import ExportReader
from indelible.exporting.chunks import file_header, first_place, read_chunks
from indelible.exporting.job import Format
from indelible.exporting.range import make_manifest
from indelible.filters import Filters
from indelible.verifying.export_file import verify_file
from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.memory_ledger import MemoryLedger

CHAIN = a_chain(12, 3)
HASHES = [each for part in CHAIN for each in event_hashes_of(part)]


@dataclass
class DamagedLedger(MemoryLedger):
    """A ledger with items that are not segments."""

    damaged: set[int] = field(default_factory=set)

    def _whole(self, segment: Segment | None) -> Segment | None:
        if segment and segment.first_sequence in self.damaged:
            raise Unreadable("no segment")
        return segment

    def newest(self, workspace_id: str) -> Segment | None:
        return self._whole(super().newest(workspace_id))

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        return self._whole(super().at_or_before(workspace_id, sequence))

    def segments_at(self, workspace_id: str, first_sequences: Sequence[int]) -> Iterator[Segment]:
        whole = [each for each in first_sequences if each not in self.damaged]
        return super().segments_at(workspace_id, whole)

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        for each in self.ascending(workspace_id, first):
            begin = each.first_sequence
            yield Damaged(workspace_id, begin, "no segment") if begin in self.damaged else each


def a_ledger(chain: list[Segment], *damaged: int) -> DamagedLedger:
    """A chain in which the segments at these sequences are damaged."""
    ledger = DamagedLedger(damaged=set(damaged))
    ledger.load(chain)
    return ledger


def seconds(start: int, end: int) -> Filters:
    """Both bounds are inclusive; record n was chained in second n."""
    return Filters({}, NOON + start * SECOND, NOON + end * SECOND)


def export(ledger: Ledger, filters: Filters) -> tuple[Manifest, bytes]:
    """The file, as the command line and the exporter make it."""
    manifest = make_manifest(ledger, WORKSPACE, filters, NOON)
    place = first_place(ledger, manifest)
    chunks = read_chunks(ledger, Format.NDJSON, filters, manifest, place)
    file = file_header(Format.NDJSON, manifest) + b"".join(chunk.body for chunk in chunks)
    return manifest, file


def kinds(file: bytes) -> list[tuple[str, int]]:
    """The kinds of break that the verifier finds."""
    steps = verify_file(ExportReader(io.BytesIO(file)))
    return [(each.type.value, each.sequence) for step in steps for each in step.breaks]


@pytest.mark.parametrize("first", [1, 2, 3, 4, 12])
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_times_resolve_to_the_sequences_and_hashes_at_both_ends(first: int, count: int) -> None:
    last = min(12, first + count - 1)
    manifest, file = export(a_ledger(CHAIN), seconds(first, last))
    assert (manifest.first_sequence, manifest.head.sequence) == (first, last)
    assert manifest.previous_event_hash == (HASHES[first - 2] if first > 1 else bytes(32))
    assert manifest.head.event_hash == HASHES[last - 1]
    assert len(gzip.decompress(file).splitlines()) == 1 + last - first + 1
    assert kinds(file) == []


@pytest.mark.parametrize(("start", "end", "before"), [(0, 0, 0), (13, 20, 12)])
def test_times_without_records_are_an_empty_range_at_their_place(
    start: int, end: int, before: int
) -> None:
    manifest, file = export(a_ledger(CHAIN), seconds(start, end))
    assert (manifest.first_sequence, manifest.records) == (before + 1, 0)
    assert manifest.head.event_hash == (HASHES[before - 1] if before else bytes(32))
    assert kinds(file) == []


def test_the_bounds_of_a_long_chain_are_found_with_few_reads() -> None:
    ledger = a_ledger(a_chain(1_000, 1))
    make_manifest(ledger, WORKSPACE, seconds(400, 600), NOON)
    assert len(ledger.faults.calls) <= 30


@pytest.mark.parametrize("damaged", [1, 4, 7])
def test_damage_is_in_the_file_together_with_everything_else(damaged: int) -> None:
    _, file = export(a_ledger(CHAIN, damaged), Filters())
    assert kinds(file)[0] == ("unreadable", damaged)
    assert len(gzip.decompress(file).splitlines()) == 1 + 9 + 1


@pytest.mark.parametrize("damaged", [(10,), (7, 10), (1, 4, 7, 10)])
def test_the_file_says_when_the_end_of_the_chain_cannot_be_read(
    damaged: tuple[int, ...],
) -> None:
    manifest, file = export(a_ledger(CHAIN, *damaged), Filters())
    readable = damaged[0] - 1
    assert manifest.head.sequence == readable
    assert manifest.damage_after_head == "no segment"
    assert kinds(file) == [("unreadable", readable + 1)]


def test_a_last_segment_whose_records_cannot_be_read_is_in_the_file() -> None:
    chain = [*CHAIN[:3], replace(CHAIN[3], records=b"no zstd")]
    manifest, file = export(a_ledger(chain), Filters())
    assert manifest.head.sequence == 12
    assert kinds(file) == [("unreadable", 10)]


@pytest.mark.parametrize("damaged", [4, 10])
def test_bounds_inside_damage_are_refused_with_advice(damaged: int) -> None:
    with pytest.raises(Unreadable, match="without `from` and `to`"):
        make_manifest(a_ledger(CHAIN, damaged), WORKSPACE, seconds(5, 12), NOON)


def test_csv_rows_do_not_end_silently_before_damage() -> None:
    ledger = a_ledger(CHAIN, 10)
    manifest = make_manifest(ledger, WORKSPACE, Filters(), NOON)
    with pytest.raises(ExportFailed, match="sequence 10"):
        list(read_chunks(ledger, Format.CSV, Filters(), manifest, 1))
