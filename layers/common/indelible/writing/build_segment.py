"""Building the segment that the writer appends: records with their times, hashed and compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..chain import record
from ..chain.fields import QueuedEvent
from ..chain.hashes import Head, event_hashes, leaf_hashes
from ..chain.segment import MAX_RECORDS_BYTES, Segment, cut_prefixes
from ..codec import ZSTD
from ..errors import Unreadable
from .compressor import Compressor
from .created_at import created_after, leaves_room
from .sizes import SIZES, Sizes

_CHUNKS_IN_LIMIT = 4
"""A segment is compressed in chunks. This many chunks of the largest size fit into its limit."""


def build_segment(
    workspace_id: str,
    head: Head,
    events: Sequence[QueuedEvent],
    entropy: Callable[[int], bytes],
    sizes: Sizes = SIZES,
) -> Segment:
    """Build the segment after `head` from the first events, up to the sizes of a segment.

    Raises Unreadable when `head` is so late that no later times are left. No writer makes that
    head.
    """
    if not leaves_room(head.created_at, sizes.segment_records):
        raise Unreadable(f"the chain of {workspace_id} ends at the end of time")
    compressor = Compressor(sizes.segment_bytes)
    records: list[bytes] = []
    times: list[int] = []
    fitting = events[: sizes.segment_records]
    max_bytes = sizes.segment_bytes // _CHUNKS_IN_LIMIT
    for chunk, chunk_times in _build_chunks(workspace_id, head, fitting, entropy, max_bytes):
        if not compressor.add(chunk):
            break
        records += chunk
        times += chunk_times
    leaves = leaf_hashes(records)
    return Segment(
        workspace_id=workspace_id,
        first_sequence=head.sequence + 1,
        count=len(records),
        first_created_at=times[0],
        last_created_at=times[-1],
        previous_event_hash=head.event_hash,
        event_hash=event_hashes(head.event_hash, leaves)[-1],
        leaf_prefixes=cut_prefixes(leaves),
        codec=ZSTD,
        records=compressor.finish(),
    )


def _build_chunks(
    workspace_id: str,
    head: Head,
    events: Sequence[QueuedEvent],
    entropy: Callable[[int], bytes],
    max_bytes: int,
) -> Iterator[tuple[list[bytes], list[int]]]:
    """The records of events and their created_at, in chunks, up to MAX_RECORDS_BYTES in all.

    A chunk has at most `max_bytes`, or one record. `max_bytes` is a quarter of a segment, so the
    first chunk fits into any segment, and a full segment ends with a whole chunk.
    """
    salts = entropy(record.SALT_BYTES * len(events))
    chunk: list[bytes] = []
    times: list[int] = []
    created_at, chunk_bytes, bytes_before = head.created_at, 0, 0
    for place, event in enumerate(events):
        created_at = created_after(created_at, event.received_at)
        salt = salts[place * record.SALT_BYTES : (place + 1) * record.SALT_BYTES]
        built = record.build(event, workspace_id, head.sequence + 1 + place, created_at, salt)
        size = len(built) + 1
        if chunk and chunk_bytes + size > max_bytes:
            yield chunk, times
            bytes_before += chunk_bytes
            chunk, times, chunk_bytes = [], [], 0
            if bytes_before + size > MAX_RECORDS_BYTES:
                return
        chunk.append(built)
        times.append(created_at)
        chunk_bytes += size
    yield chunk, times
