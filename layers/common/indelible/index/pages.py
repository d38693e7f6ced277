"""Pages: for each term of a shard, the records of one block that have the term.

A page is zlib over these parts, in this order. Numbers are unsigned and big-endian:

    the version of the terms (`terms.TERMS_VERSION`)        1 byte
    the number of terms                                     3 bytes
    the low 32 bits of each term's number, ascending        4 bytes each
    the number of records of each term, minus one           2 bytes each
    the records of each term                                2 bytes for each record, or a bitmap

A record is stored as its offset from the first record of the block, and an offset as the difference
to the one before. A bitmap, with a bit for each offset, is used where it is shorter. So there are
two kinds of container, as in Roaring bitmaps (https://arxiv.org/abs/1603.06549).

A page of another version, older or newer, lacks terms or has other ones. So it is read like a blank
page, which names every record for every term. Pages were once stored without a version. Their first
byte is zero, since none has 2**24 terms.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from ..bounded_inflate import inflate
from ..errors import Unreadable
from .columns import UNSIGNED_2, UNSIGNED_4, distances, read_column, write_column
from .offsets import bits_of, descending
from .terms import TERMS_VERSION

EVERY_TERM = 0
"""The number of a pseudo-term: its records count as having every term."""

MAX_PAGE_BYTES = 256 * 1024
"""Bytes of a page before compression, at most; typically 6 KB. A DynamoDB item has up to 400 KB."""

_VERSION_BYTES, _TOTAL_BYTES, _TERM_BYTES, _SMALL_BYTES = 1, 3, 4, 2
_TERMS_AT = _VERSION_BYTES + _TOTAL_BYTES

Postings = Mapping[int, Sequence[int]]
"""The short number of each term, and the ascending offsets of its records."""


def encode_page(postings: Postings, span: int) -> bytes:
    """Encode a page of a block with `span` sequences.

    Where it would exceed MAX_PAGE_BYTES, returns a blank page instead. Readers then check every
    record and miss none.
    """
    plain = _plain(postings, span)
    return blank_page(span) if len(plain) > MAX_PAGE_BYTES else zlib.compress(plain)


def blank_page(span: int) -> bytes:
    """Return the page, for `span` sequences, that names every record for every term."""
    return zlib.compress(_blank_plain(span))


@cache
def _blank_plain(span: int) -> bytes:
    return _plain({EVERY_TERM: range(span)}, span)


def _plain(postings: Postings, span: int) -> bytes:
    terms = sorted(postings)
    containers = [_container(postings[term], span) for term in terms]
    counts = [len(postings[term]) - 1 for term in terms]
    start = TERMS_VERSION.to_bytes(_VERSION_BYTES) + len(terms).to_bytes(_TOTAL_BYTES)
    return b"".join(
        (start, write_column(UNSIGNED_4, terms), write_column(UNSIGNED_2, counts), *containers)
    )


def _container(offsets: Sequence[int], span: int) -> bytes:
    if _has_bitmap(len(offsets), span):
        return bits_of(offsets, span).to_bytes(span // 8)
    return write_column(UNSIGNED_2, distances(offsets))


def _has_bitmap(count: int, span: int) -> bool:
    return count * _SMALL_BYTES > span // 8


@dataclass(frozen=True, slots=True)
class Page:
    """A decoded page.

    `counts` has the number of records of each of the `terms`. `starts` has the offset of each
    container in `containers`, in bytes, and the end of the last one.
    """

    span: int
    terms: Sequence[int]
    counts: Sequence[int]
    starts: Sequence[int]
    containers: bytes

    def find(self, term: int) -> int:
        """Return the records that may have this term, as bits. Raises Unreadable."""
        return self._bits(term) | self._bits(EVERY_TERM)

    def postings(self) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield each term and the offsets of its records. Raises Unreadable for invalid ones."""
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
    """Return the size in bytes of the container of `count` offsets."""
    return span // 8 if _has_bitmap(count, span) else count * _SMALL_BYTES


def decode_page(page: bytes, span: int) -> Page:
    """Decode a page of a block with `span` sequences. Raises Unreadable when it is not valid.

    A page of another version is decoded as a blank one.
    """
    plain = inflate(page, MAX_PAGE_BYTES)
    version = int.from_bytes(plain[:_VERSION_BYTES])
    if plain and version != TERMS_VERSION:
        plain = _blank_plain(span)
    total = int.from_bytes(plain[_VERSION_BYTES:_TERMS_AT])
    counts_at = _TERMS_AT + total * _TERM_BYTES
    containers_at = counts_at + total * _SMALL_BYTES
    if len(plain) < containers_at:
        raise Unreadable("a page of the index is cut off")
    terms = read_column(UNSIGNED_4, plain[_TERMS_AT:counts_at])
    counts = [count + 1 for count in read_column(UNSIGNED_2, plain[counts_at:containers_at])]
    starts = [*accumulate((_size(count, span) for count in counts), initial=0)]
    if starts[-1] != len(plain) - containers_at:
        raise Unreadable("a page of the index holds more or less than it says")
    return Page(span, terms, counts, starts, plain[containers_at:])


def plain_of(page: bytes) -> bytes:
    """Decompress a page, to compare pages of different zlib versions. Raises Unreadable."""
    return inflate(page, MAX_PAGE_BYTES)
