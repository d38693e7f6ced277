"""Building: the pages of a block, from its records or from the pages of the narrow blocks in it.

What cannot be read, and a record with too many terms, may have every term: whoever looks there
meets it, so that neither damage to a chain nor an event made for it can hide others. A segment that
was changed so that it can still be read is indexed as it stands. Once it is put back, its block has
to be made blank (`blank`) or built again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ..chain.segment import MAX_RECORDS, Segment, read_records
from ..errors import Unreadable
from ..filters import Selectable, read_selectable
from ..identifiers import time_of_uuid7
from ..times import format_time
from .directory import APART, Landmark
from .levels import NARROW, NARROW_IN_WIDE, SHORT_BITS, WIDE, short_of
from .pages import EVERY_TERM, decode_page, encode_page
from .terms import MOST_TERMS, id_term, number_of, terms_of

NEAR = 1_024
"""Records: an event lies at most so many after the first record of its id's time, or is displaced.

Only what waited on its way while so many others passed it is. The ids of the displaced are terms;
all others are found by their time."""

_WIDE_IN_NARROW = WIDE.shards // NARROW.shards


@dataclass(slots=True)
class Draft:
    """What has been read of a narrow block, segment by segment.

    `offsets` has the records of each term, by its number; `times` each record's created_at, and
    `told` the records all of whose terms are in `offsets`, by their offset in the block. `starts`
    has the beginning of each segment, `landmarks` those of them that the directory keeps.
    """

    workspace_id: str
    first_sequence: int
    offsets: dict[int, list[int]] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)
    landmarks: list[Landmark] = field(default_factory=list)
    starts: set[Landmark] = field(default_factory=set)

    def add(self, segment: Segment) -> None:
        """Take in what of the next segment lies in the block.

        The writer puts at most MAX_RECORDS records into a segment. More were put there by somebody
        else, and are left untold: when such a segment is changed again, no more than so many
        records are known to be concerned.
        """
        begin = segment.first_sequence - self.first_sequence
        start = Landmark(segment.first_sequence, segment.first_created_at)
        if begin >= 0:
            self.starts.add(start)
        if begin >= 0 and (not self.landmarks or self._is_apart(segment)):
            self.landmarks.append(start)
        try:
            records = read_records(segment)
        except Unreadable:
            return
        for offset, record in enumerate(records[:MAX_RECORDS], begin):
            if 0 <= offset < NARROW.span:
                self._add_record(offset, record)

    def _is_apart(self, segment: Segment) -> bool:
        return segment.first_sequence >= self.landmarks[-1].sequence + APART

    def _add_record(self, offset: int, record: bytes) -> None:
        if offset in self.times:  # two segments claim the same sequence
            self.told.discard(offset)
            return
        try:
            event = read_selectable(record)
        except Unreadable:
            return
        self.times[offset] = event.created_at
        terms = terms_of(event)
        if self._is_displaced(offset, event):
            terms.add(id_term(event.id))
        if len(terms) <= MOST_TERMS:
            self.told.add(offset)
            for term in terms:
                self.offsets.setdefault(number_of(self.workspace_id, term), []).append(offset)

    def _is_displaced(self, offset: int, event: Selectable) -> bool:
        """Whether it is not certain that less than NEAR records have a time from its id's on."""
        before = self.times.get(max(offset - NEAR, 0)) if offset else None
        time = time_of_uuid7(event.id)
        return time is None or before is None or before >= format_time(time)

    def pages(self) -> list[bytes]:
        """The pages of the block, by shard."""
        untold = [offset for offset in range(NARROW.span) if offset not in self.told]
        shards: list[dict[int, list[int]]] = [{} for _ in range(NARROW.shards)]
        for number, offsets in self.offsets.items():
            shards[NARROW.shard_of(number)][short_of(number)] = offsets
        for shard in shards:
            _add(shard, EVERY_TERM, untold)
        return [encode_page(shard, NARROW.span) for shard in shards]


def _add(postings: dict[int, list[int]], term: int, offsets: list[int]) -> None:
    """Count these records among those of the term; there may be such already, or no new ones."""
    together = {*postings.get(term, ()), *offsets}
    if together:
        postings[term] = sorted(together)


def merge_pages(pages: Mapping[int, bytes]) -> Iterator[bytes]:
    """The pages of a wide block that come from one shard of the narrow blocks in it, in order.

    `pages` are those of that shard, each under the place of its block, from 0 to 15. Nothing is
    known of a block whose page is not there or not to be read.
    """
    shards: list[dict[int, list[int]]] = [{} for _ in range(_WIDE_IN_NARROW)]
    for place in range(NARROW_IN_WIDE):
        begin = place * NARROW.span
        for term, offsets in _postings(pages.get(place)):
            moved = [begin + offset for offset in offsets]
            if term == EVERY_TERM:
                for shard in shards:
                    shard.setdefault(term, []).extend(moved)
            else:
                shard = shards[term * _WIDE_IN_NARROW >> SHORT_BITS]
                shard.setdefault(term, []).extend(moved)
    return (encode_page(shard, WIDE.span) for shard in shards)


def _postings(page: bytes | None) -> list[tuple[int, Sequence[int]]]:
    if page is not None:
        with suppress(Unreadable):
            return [*decode_page(page, NARROW.span).postings()]
    return [(EVERY_TERM, range(NARROW.span))]
