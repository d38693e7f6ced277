"""The lines of a segment in an export file. They show what was changed in the segment, if anything.

A changed record gets a leaf hash that is not its own, so that every verifier names it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from ..chain.hashes import HASH_BYTES, event_hash, leaf_hash
from ..chain.leaves import Prefixes, read_prefixes
from ..chain.segment import Damaged, Segment, read_records
from ..errors import Unreadable
from .lines import DamageLine, write_damage, write_record
from .manifest import Manifest


class Lines(NamedTuple):
    """Some lines of a file, and the number of events in them."""

    text: bytes
    events: int


def record_lines(
    part: Segment | Damaged, manifest: Manifest, matches: Callable[[bytes], bool] | None = None
) -> Lines:
    """The lines of a segment's records in the manifest's range.

    A record that does not match gets only its leaf hash, with which the chain still verifies. A
    record that cannot be read, or may not be what was hashed, is written whatever the filters,
    because it is evidence. It counts as an event only if it matches.
    """
    if isinstance(part, Damaged):
        return Lines(write_damage(DamageLine(part.reason, sequence=part.first_sequence)), 0)
    try:
        records, prefixes = read_records(part), read_prefixes(part)
    except Unreadable as error:
        damage = DamageLine(
            str(error),
            event_hash=part.event_hash.hex(),
            sequence=part.first_sequence,
            last_sequence=part.last_sequence,
        )
        return Lines(write_damage(damage), 0)
    leaves = [*map(leaf_hash, records)]
    written = leaves if prefixes.fit(leaves) else _mark_changed(leaves, prefixes)
    is_any_suspect = written is leaves and _gives_another_hash(part, leaves)
    lines, events = [], 0
    numbered = enumerate(zip(records, leaves, written, strict=True), start=part.first_sequence)
    for sequence, (record, leaf, shown_leaf) in numbered:
        if manifest.first_sequence <= sequence <= manifest.head.sequence:
            link = part.event_hash if sequence == part.last_sequence else None
            try:
                is_match = matches is None or matches(record)
                is_shown = is_match or is_any_suspect or leaf != shown_leaf
                events += is_match
            except Unreadable:
                is_shown = True
            lines.append(write_record(shown_leaf, link, record if is_shown else None))
    return Lines(b"".join(lines), events)


def _mark_changed(leaves: list[bytes], prefixes: Prefixes) -> list[bytes]:
    """The leaf hashes, with the stored prefix and zeros in place of each that does not fit it."""
    return [
        leaf if leaf.startswith(prefix) else prefix.ljust(HASH_BYTES, b"\0")
        for leaf, prefix in ((leaf, prefixes.of(index)) for index, leaf in enumerate(leaves))
    ]


def _gives_another_hash(segment: Segment, leaves: list[bytes]) -> bool:
    """Whether a record may have been changed together with its prefix."""
    return reduce(event_hash, leaves, segment.previous_event_hash) != segment.event_hash
