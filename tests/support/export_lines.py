"""The lines of an export file, and the breaks that its verifier finds."""

from __future__ import annotations

import gzip
import io

from indelible.chain.segment import Segment
from indelible.export_file.lines import record_lines
from indelible.export_file.reader import ExportReader
from indelible.exporting.range import make_manifest
from indelible.filters import Filters
from indelible.verifying.breaks import Break
from indelible.verifying.export_file import verify_file
from indelible.verifying.kept_head import KeptHead

from support.builders import NOON, WORKSPACE
from support.memory_ledger import MemoryLedger


def lines_of(chain: list[Segment], filters: Filters | None = None) -> list[bytes]:
    """The lines of a chain's export."""
    ledger, chosen = MemoryLedger(), filters or Filters()
    ledger.load(chain)
    manifest = make_manifest(ledger, WORKSPACE, chosen, NOON)
    matches = chosen.matches if chosen.texts else None
    first, last = manifest.first_sequence, manifest.head.sequence
    parts = [record_lines(each, first, last, matches).text for each in chain]
    return [manifest.as_line(), *b"".join(parts).splitlines(keepends=True)]


def packed(lines: list[bytes]) -> bytes:
    """The lines as a file."""
    return gzip.compress(b"".join(lines), mtime=0)


def breaks_of(file: bytes, kept: KeptHead | None = None) -> list[Break]:
    """Every break found in a file."""
    steps = verify_file(ExportReader(io.BytesIO(file)), kept)
    return [each for step in steps for each in step.breaks]


def kinds(file: bytes) -> list[tuple[str, int]]:
    """The type and sequence of every break found in a file."""
    return [(each.type.value, each.sequence) for each in breaks_of(file)]


def record_in(line: bytes) -> bytes:
    """The bytes of the record in a line."""
    return line.partition(b',"record":')[2].removesuffix(b"}\n")


def without_record(line: bytes) -> bytes:
    """A line with only its hashes."""
    return line.partition(b',"record":')[0] + b"}\n"
