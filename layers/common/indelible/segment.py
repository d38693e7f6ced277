"""Segments: a contiguous run of records, stored as one item; what one commit appends."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from . import record
from .chain import HASH_BYTES, Head, event_hash, leaf_hash
from .errors import Unreadable
from .inflate import inflate
from .message import QueuedEvent
from .times import LATEST

MAX_RECORDS = 1_000
MAX_COMPRESSED_BYTES = 300_000
"""With 32,000 bytes of leaf hashes and the rest, well under DynamoDB's 400 KB for an item."""

MAX_PLAIN_BYTES = 8 * 1024 * 1024
"""What a reader has to hold in memory at most, however well the records compress."""

MOST_PENDING_BYTES = 128 * 1024
"""Upper bound on what the compressor holds back: one block of at most 16,383 symbols.

A symbol takes at most 48 bits (RFC 1951: a length and a distance with their extra bits), and the
block's Huffman tables take less than 1 KB. https://www.zlib.net/manual.html (deflatePending)
"""

_CHUNKS_IN_LIMIT = 4
"""A chunk has at most this part of the limit, uncompressed, or one record. A segment that is full
ends with a whole chunk."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The records `first_sequence` to `last_sequence` of one chain. Times in microseconds."""

    workspace_id: str
    first_sequence: int
    count: int
    first_created_at: int
    last_created_at: int
    previous_event_hash: bytes
    event_hash: bytes
    leaf_hashes: bytes
    records: bytes

    @property
    def last_sequence(self) -> int:
        """The sequence of the last record."""
        return self.first_sequence + self.count - 1

    @property
    def stored_bytes(self) -> int:
        """What it takes to read it, but for a few hundred bytes."""
        return len(self.records) + len(self.leaf_hashes)

    @property
    def head(self) -> Head:
        """The head of the chain once this segment is its last."""
        return Head(self.last_sequence, self.event_hash, self.last_created_at)


@dataclass(frozen=True, slots=True)
class Damaged:
    """What lies where a segment should, and is none. `first_sequence` where its key tells it."""

    workspace_id: str
    first_sequence: int | None
    reason: str


def pack(
    workspace_id: str,
    head: Head,
    events: Sequence[QueuedEvent],
    entropy: Callable[[int], bytes],
) -> Segment:
    """The next segment after `head`: as many of `events`, from the front, as fit into one.

    created_at = max(received_at, created_at of the record before + 1 microsecond), so that it
    strictly increases and is never before received_at. Unreadable when `head` leaves no time for
    that: no writer appended such a segment.
    """
    if head.created_at > LATEST - MAX_RECORDS:
        raise Unreadable(f"the chain of {workspace_id} ends at the end of time")
    records = _Deflated(MAX_COMPRESSED_BYTES)
    leaves: list[bytes] = []
    hashes: list[bytes] = []
    times: list[int] = []
    created_at, last_hash, size = head.created_at, head.event_hash, 0
    salts = entropy(record.SALT_BYTES * min(len(events), MAX_RECORDS))
    for index, event in enumerate(events[:MAX_RECORDS]):
        created_at = max(event.received_at, created_at + 1)
        salt = salts[index * record.SALT_BYTES : (index + 1) * record.SALT_BYTES]
        built = record.build(event, workspace_id, head.sequence + 1 + index, created_at, salt)
        size += len(built) + 1
        if (size > MAX_PLAIN_BYTES and leaves) or not records.add(built):
            break
        leaves.append(leaf_hash(built))
        last_hash = event_hash(last_hash, leaves[-1])
        hashes.append(last_hash)
        times.append(created_at)
    count, compressed = records.finish()
    return Segment(
        workspace_id=workspace_id,
        first_sequence=head.sequence + 1,
        count=count,
        first_created_at=times[0],
        last_created_at=times[count - 1],
        previous_event_hash=head.event_hash,
        event_hash=hashes[count - 1],
        leaf_hashes=b"".join(leaves[:count]),
        records=compressed,
    )


class _Deflated:
    """Records joined by line feeds and compressed, as many as fit into `limit` bytes.

    zlib, tuned for records: fewest write units for the time (docs/performance.md). Z_FILTERED
    leaves out matches of 5 bytes and less, which random hex digits are full of.

    Records go through the compressor in chunks. Where the limit may be near, the compressor is
    copied before each chunk, so that it can be finished as it was before a chunk that does not
    fit. So a record is compressed once, and once more in the next segment if it did not fit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.compressobj(level=7, strategy=zlib.Z_FILTERED)
        self._chunk: list[bytes] = []
        self._chunk_bytes = 0
        self._output: list[bytes] = []
        self._output_bytes = 0
        self._count = 0
        self._is_full = False

    def add(self, plain: bytes) -> bool:
        """Take the next record; False when it is known that no more fit."""
        if self._chunk and self._chunk_bytes + len(plain) > self._limit // _CHUNKS_IN_LIMIT:
            self._compress_chunk()
        self._chunk.append(plain)
        self._chunk_bytes += len(plain) + 1
        return not self._is_full

    def finish(self) -> tuple[int, bytes]:
        """How many records fit, from the first, and these compressed."""
        if self._chunk and not self._is_full:
            self._compress_chunk()
        return self._count, b"".join(self._output) + self._stream.flush()

    def _compress_chunk(self) -> None:
        """Compress the chunk, or find out that it does not fit. The first one always does."""
        plain = b"\n".join([b"", *self._chunk] if self._count else self._chunk)
        is_near = self._output_bytes + len(plain) > self._limit - MOST_PENDING_BYTES
        before = self._stream.copy() if is_near and self._count else None
        output = self._stream.compress(plain)
        if before is not None and self._is_too_much(len(output)):
            self._stream, self._is_full = before, True
            return
        self._output.append(output)
        self._output_bytes += len(output)
        self._count += len(self._chunk)
        self._chunk, self._chunk_bytes = [], 0

    def _is_too_much(self, more: int) -> bool:
        so_far = self._output_bytes + more
        return so_far > self._limit or so_far + len(self._stream.copy().flush()) > self._limit


def read_records(segment: Segment) -> list[bytes]:
    """The exact bytes of a segment's records. Unreadable when they are not `count` of them."""
    records = inflate(segment.records, MAX_PLAIN_BYTES).split(b"\n")
    if len(records) != segment.count:
        raise Unreadable(f"holds {len(records)} records, not {segment.count} as it says")
    return records


def split_leaf_hashes(segment: Segment) -> list[bytes]:
    """The stored leaf hash of each record. Unreadable when they are not `count` of them."""
    stored = segment.leaf_hashes
    if len(stored) != HASH_BYTES * segment.count:
        raise Unreadable(f"holds {len(stored)} bytes of leaf hashes for {segment.count} records")
    return [stored[start : start + HASH_BYTES] for start in range(0, len(stored), HASH_BYTES)]


def event_hashes(segment: Segment) -> list[bytes]:
    """The event hash of each record, from the stored leaf hashes. Unreadable as above."""
    leaves = split_leaf_hashes(segment)
    return list(accumulate(leaves, event_hash, initial=segment.previous_event_hash))[1:]
