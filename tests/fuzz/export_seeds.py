"""The corpus of the export target: files of small chains, some of them damaged."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace

from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import Damaged, Segment
from indelible.export_file.checkpoint import NoCheckpoint
from indelible.export_file.lines import record_lines
from indelible.export_file.manifest import Manifest
from indelible.exporting.range import make_manifest
from indelible.filters import Filters, read_filters
from support.builders import NOON, SECOND, WORKSPACE, as_stored, records_of
from support.memory_ledger import MemoryLedger

from .checkpoints import checkpoint_file, in_a_file
from .export import CHAIN, FORK, UNUSUAL


def seeds() -> Iterator[tuple[str, bytes]]:
    """Names and inputs."""
    for name, lines in _files():
        yield f"{name}.ndjson.gz", _packed(b"".join(lines))
    whole = _lines(CHAIN)
    yield "member-a-segment.ndjson.gz", b"".join(map(_packed, whole))
    yield "empty-members.ndjson.gz", _packed(b"") + _packed(b"".join(whole)) + _packed(b"")
    yield "bomb.ndjson.gz", _packed(b"".join(whole)) + _packed(bytes(4_000_000))
    yield "newlines.ndjson.gz", _packed(b"".join(whole)) + _packed(b"\n" * 4_000)
    yield "bomb-of-a-manifest.ndjson.gz", _packed(b'{"format":"' + b"a" * 4_000_000)
    yield "cut-off.ndjson.gz", _packed(b"".join(whole))[:-20]


def _files() -> Iterator[tuple[str, list[bytes]]]:
    yield "whole", _lines(CHAIN)
    yield "fork", _lines(FORK)
    yield "empty", _lines([])
    yield "filtered", _lines(FORK, read_filters({"actor_id": "other_1"}))
    yield "nobody", _lines(CHAIN, read_filters({"actor_id": "nobody"}))
    yield "range", _lines(CHAIN, Filters({}, NOON + 4 * SECOND, NOON + 8 * SECOND))
    yield "from", _lines(CHAIN, Filters({}, NOON + 7 * SECOND))
    yield "unusual", _lines(UNUSUAL)
    lost = replace(CHAIN[1], records=b"no zstd")
    yield "lost-segment", _lines([CHAIN[0], lost, *CHAIN[2:]])
    first, second, third = records_of([CHAIN[1]])
    for name, bad in (("not-utf-8", second.replace(b"document", b"\xff")), ("no-record", b"x")):
        damaged = replace(CHAIN[1], records=as_stored([first, bad, third]))
        yield name, _lines([CHAIN[0], damaged, *CHAIN[2:]])
    manifest, *lines = _lines(CHAIN)
    gone = record_lines(Damaged(WORKSPACE, 4, "no segment"), 1, 9).text
    yield "damaged-item", [manifest, lines[0], gone, *lines[2:]]
    ending = replace(_manifest(CHAIN, Filters()), damage_after_head="no segment").as_line()
    yield "damaged-end", [ending, *lines]
    yield from _covered_files()
    yield "deep-line", [manifest, b"[" * 10_000 + b"\n", *lines]
    yield "deep-manifest", [b'{"format":' * 10_000 + b"\n"]


def _covered_files() -> Iterator[tuple[str, list[bytes]]]:
    """Files of version 2."""
    part = Filters({}, NOON + 4 * SECOND, NOON + 8 * SECOND)
    yield "covered", _covered(CHAIN, 12)
    yield "covered-fork", _covered(FORK, 12)
    yield "covered-in-part", _covered(CHAIN, 5)
    yield "covered-range", _covered(CHAIN, 12, part)
    yield "covered-range-of-the-fork", _covered(FORK, 8, part)
    yield "covered-before-the-range", _covered(CHAIN, 2, part)
    yield "covered-and-filtered", _covered(FORK, 12, read_filters({"actor_id": "other_1"}))
    manifest = replace(_manifest(CHAIN, Filters()), checkpoint=NoCheckpoint("held since noon"))
    yield "not-covered", [manifest.as_line(), *_lines(CHAIN)[1:]]


def _covered(chain: list[Segment], size: int, filters: Filters | None = None) -> list[bytes]:
    """The lines of an export of a chain whose first `size` records are covered."""
    leaves = tuple(map(leaf_hash, records_of(chain)))
    plain = _manifest(chain, filters or Filters())
    proof = checkpoint_file(leaves[:size])
    checkpoint = in_a_file(proof, leaves, plain.first_sequence, plain.head.sequence)
    return [replace(plain, checkpoint=checkpoint).as_line(), *_lines(chain, filters)[1:]]


def _lines(chain: list[Segment], filters: Filters | None = None) -> list[bytes]:
    """The manifest, and the lines of each segment, as an export has them."""
    chosen = filters or Filters()
    manifest = _manifest(chain, chosen)
    keep = chosen.matches if chosen.texts else None
    first, last = manifest.first_sequence, manifest.head.sequence
    return [manifest.as_line(), *(record_lines(each, first, last, keep).text for each in chain)]


def _manifest(chain: list[Segment], filters: Filters) -> Manifest:
    ledger = MemoryLedger()
    ledger.load(chain)
    return make_manifest(ledger, WORKSPACE, filters, NOON)


def _packed(plain: bytes) -> bytes:
    return gzip.compress(plain, 9, mtime=0)
