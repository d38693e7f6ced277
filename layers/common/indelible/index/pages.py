"""Pages: for each term of a shard, the records of one block that have it.

A page is zlib over these parts, one after the other, numbers big-endian and unsigned:

    the number of terms                                     4 bytes
    the terms, ascending, each by 32 bits of its number     4 bytes each
    how many records each term has, less one                2 bytes each
    the records of each term                                2 bytes for each of them, or a bitmap

A record is given by its offset from the first of the block, an offset by its distance to the one
before. A bitmap, with a bit for each offset, stands where it is shorter: two kinds of container, as
in Roaring bitmaps (https://arxiv.org/abs/1603.06549).
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..bounded_inflate import inflate
from ..errors import Unreadable
from .columns import UNSIGNED_2, UNSIGNED_4, distances, read_column, write_column
from .offsets import bits_of, descending

EVERY_TERM = 0
"""In the place of a term: the records that may have any, since not all of theirs are told."""

MAX_PLAIN_BYTES = 256 * 1024
"""Of a page; a typical one has 6 KB. DynamoDB takes 400 KB for an item."""

_TOTAL_BYTES, _TERM_BYTES, _SMALL_BYTES = 4, 4, 2

Postings = Mapping[int, Sequence[int]]
"""The offsets of each term's records, ascending."""


def encode_page(postings: Postings, span: int) -> bytes:
    """A page of a block with so many sequences.

    One that would be too large says of every record that it may have any term: less is told, and
    nothing is missed.
    """
    plain = _plain(postings, span)
    return blank_page(span) if len(plain) > MAX_PLAIN_BYTES else zlib.compress(plain)


def blank_page(span: int) -> bytes:
    """The page of a block with so many sequences that says that every record may have any term."""
    return zlib.compress(_plain({EVERY_TERM: range(span)}, span))


def _plain(postings: Postings, span: int) -> bytes:
    terms = sorted(postings)
    containers = [_container(postings[term], span) for term in terms]
    counts = [len(postings[term]) - 1 for term in terms]
    total = len(terms).to_bytes(_TOTAL_BYTES)
    return b"".join(
        (total, write_column(UNSIGNED_4, terms), write_column(UNSIGNED_2, counts), *containers)
    )


def _container(offsets: Sequence[int], span: int) -> bytes:
    if _has_bitmap(len(offsets), span):
        return bits_of(offsets, span).to_bytes(span // 8)
    return write_column(UNSIGNED_2, distances(offsets))


def _has_bitmap(count: int, span: int) -> bool:
    return count * _SMALL_BYTES > span // 8


@dataclass(frozen=True, slots=True)
class Page:
    """A page that has been read: its terms, how many records each has, and their containers.

    `starts` has the place of each container, and where the last one ends.
    """

    span: int
    terms: Sequence[int]
    counts: Sequence[int]
    starts: Sequence[int]
    containers: bytes

    def find(self, term: int) -> int:
        """The offsets of the records that may have this term, as bits. Unreadable as below."""
        return self._bits(term) | self._bits(EVERY_TERM)

    def postings(self) -> Iterator[tuple[int, Sequence[int]]]:
        """Each term and the offsets of its records. Unreadable when they are none of the block."""
        for term, count, start in zip(self.terms, self.counts, self.starts, strict=False):
            yield term, self._offsets(start, count)

    def _bits(self, term: int) -> int:
        place = bisect_left(self.terms, term)
        if place == len(self.terms) or self.terms[place] != term:
            return 0
        start, count = self.starts[place], self.counts[place]
        if _has_bitmap(count, self.span):
            return int.from_bytes(self.containers[start : self.starts[place + 1]])
        return bits_of(self._offsets(start, count), self.span)

    def _offsets(self, start: int, count: int) -> Sequence[int]:
        container = self.containers[start : start + _size(count, self.span)]
        if _has_bitmap(count, self.span):
            return [*descending(int.from_bytes(container))][::-1]
        offsets = [*accumulate(read_column(UNSIGNED_2, container))]
        if offsets[-1] >= self.span:
            raise Unreadable("a page of the index names a record that is not in its block")
        return offsets


def _size(count: int, span: int) -> int:
    """How many bytes the container of so many offsets takes."""
    return span // 8 if _has_bitmap(count, span) else count * _SMALL_BYTES


def decode_page(page: bytes, span: int) -> Page:
    """Read a page of a block with so many sequences. Unreadable when it is none."""
    plain = inflate(page, MAX_PLAIN_BYTES)
    total = int.from_bytes(plain[:_TOTAL_BYTES])
    counts_at = _TOTAL_BYTES + total * _TERM_BYTES
    containers_at = counts_at + total * _SMALL_BYTES
    if len(plain) < containers_at:
        raise Unreadable("a page of the index is cut off")
    terms = read_column(UNSIGNED_4, plain[_TOTAL_BYTES:counts_at])
    counts = [count + 1 for count in read_column(UNSIGNED_2, plain[counts_at:containers_at])]
    starts = [*accumulate((_size(count, span) for count in counts), initial=0)]
    if starts[-1] != len(plain) - containers_at:
        raise Unreadable("a page of the index holds more or less than it says")
    return Page(span, terms, counts, starts, plain[containers_at:])


def plain_of(page: bytes) -> bytes:
    """What a page holds: other versions of zlib may compress the same otherwise. Unreadable."""
    return inflate(page, MAX_PLAIN_BYTES)
