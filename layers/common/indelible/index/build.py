"""Builds the pages of a block: a narrow one from records, a wide one from narrow pages.

A record that cannot be read, by this version at least, or that has too many terms, counts as
having every term. So every filter finds it, and neither damage nor a hostile event can hide other
events. A segment that was changed but can still be read is indexed as it is. When the original is
put back, its block must be blanked (`blank`) or built again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ..chain.segment import Segment, read_records
from ..errors import FromNewerVersion, Unreadable
from ..identifiers import time_of_uuid7
from ..matching.selectable import Selectable, read_selectable
from ..times import format_time
from .directory import BlockDirectory, Landmark
from .levels import SHORT_BITS, Geometry, short_of
from .occurred import second_of, slices_of
from .pages import EVERY_TERM, decode_page, encode_page
from .starts import starts_of
from .terms import MAX_TERMS, id_term, term_number, terms_of


@dataclass(slots=True)
class Draft:
    """The records of a narrow block that have been read so far, segment by segment.

    An offset is a record's place in the block, from 0. `offsets` maps the number of a term to the
    offsets of its records. `times` maps an offset to created_at, `seconds` to the second in which
    the event happened, unless that cannot be read. `listed` holds the offsets of the
    records whose terms are all in `offsets`. `begun` has the first sequence of every segment. Those
    that begin in the block are also in `beginnings`, with their times, and the directory keeps some
    of these as `landmarks`.
    """

    workspace_id: str
    block: int
    geometry: Geometry
    offsets: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)
    seconds: dict[int, int] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    landmarks: list[Landmark] = field(default_factory=list)
    beginnings: set[Landmark] = field(default_factory=set)
    begun: list[int] = field(default_factory=list)

    def add(self, segment: Segment) -> None:
        """Add the records of the next segment that are in this block.

        The writer puts at most `segment_records` records into a segment. A larger segment is not
        the writer's, and its further records count as having every term: when that segment changes
        again, only the blocks of the first `segment_records` are blanked.
        """
        narrow = self.geometry.narrow
        begin = segment.first_sequence - narrow.first_sequence(self.block)
        start = Landmark(segment.first_sequence, segment.first_created_at)
        self.begun.append(segment.first_sequence)
        if begin >= 0:
            self.beginnings.add(start)
        if begin >= 0 and (not self.landmarks or self._is_apart(segment)):
            self.landmarks.append(start)
        try:
            records = read_records(segment)
        except (Unreadable, FromNewerVersion):
            return
        for offset, record in enumerate(records[: self.geometry.segment_records], begin):
            if 0 <= offset < narrow.span:
                self._add_record(offset, record)

    def _is_apart(self, segment: Segment) -> bool:
        return segment.first_sequence >= self.landmarks[-1].sequence + self.geometry.apart

    def _add_record(self, offset: int, record: bytes) -> None:
        if offset in self.times:  # two segments claim the same sequence
            self.listed.discard(offset)
            self.seconds.pop(offset, None)
            return
        try:
            event = read_selectable(record)
        except Unreadable:
            return
        self.times[offset] = event.created_at
        if (second := second_of(event.happened_at)) is not None:
            self.seconds[offset] = second
        terms = terms_of(event)
        if self._is_displaced(offset, event):
            terms.add(id_term(event.id))
        if len(terms) <= MAX_TERMS:
            self.listed.add(offset)
            for term in terms:
                self.offsets.setdefault(term_number(self.workspace_id, term), []).append(offset)

    def _is_displaced(self, offset: int, event: Selectable) -> bool:
        """Return whether `near` or more records may have been chained since the time of its id."""
        before = self.times.get(max(offset - self.geometry.near, 0)) if offset else None
        time = time_of_uuid7(event.id)
        return time is None or before is None or before >= format_time(time)

    def directory(self) -> BlockDirectory:
        """Return the directory of the block."""
        longest = self.geometry.segment_records
        narrow = self.geometry.narrow
        starts = starts_of(self.begun, narrow, self.block, longest)
        occurred = slices_of(self.seconds, narrow.span, self.geometry.slice_records)
        return BlockDirectory(self.landmarks, starts, occurred)

    def pages(self) -> list[bytes]:
        """Return the pages of the block, in the order of their shards."""
        narrow = self.geometry.narrow
        unlisted = [offset for offset in range(narrow.span) if offset not in self.listed]
        shards: list[dict[int, list[int]]] = [{} for _ in range(narrow.shards)]
        for number, offsets in self.offsets.items():
            shards[narrow.shard_of(number)][short_of(number)] = offsets
        for shard in shards:
            _add(shard, EVERY_TERM, unlisted)
        return [encode_page(shard, narrow.span) for shard in shards]


def _add(postings: dict[int, list[int]], term: int, offsets: list[int]) -> None:
    """Add these records to those of the term. Does nothing when there are none."""
    together = {*postings.get(term, ()), *offsets}
    if together:
        postings[term] = sorted(together)


def merge_pages(pages: Mapping[int, bytes], geometry: Geometry) -> Iterator[bytes]:
    """Return the pages of a wide block that one shard of its narrow blocks gives, in order.

    `pages` maps the place of a narrow block in the wide one, from 0, to its page. Where a page is
    missing or cannot be read, every record of that narrow block counts as having every term.
    """
    span, count = geometry.narrow.span, geometry.wide_shards_in_narrow
    shards: list[dict[int, list[int]]] = [{} for _ in range(count)]
    for place in range(geometry.narrow_in_wide):
        begin = place * span
        for term, offsets in _postings(pages.get(place), span):
            moved = [begin + offset for offset in offsets]
            if term == EVERY_TERM:
                for shard in shards:
                    shard.setdefault(term, []).extend(moved)
            else:
                shard = shards[term * count >> SHORT_BITS]
                shard.setdefault(term, []).extend(moved)
    return (encode_page(shard, geometry.wide.span) for shard in shards)


def _postings(page: bytes | None, span: int) -> list[tuple[int, Sequence[int]]]:
    if page is not None:
        with suppress(Unreadable):
            return [*decode_page(page, span).postings()]
    return [(EVERY_TERM, range(span))]
