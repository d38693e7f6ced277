"""Compares a stored block of the index with the same block computed from the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from ..errors import Unreadable
from .build import Draft
from .directory import BLANK_DIRECTORY, decode_directory
from .levels import Level
from .occurred import hidden_by_slices
from .offsets import all_of
from .pages import EVERY_TERM, decode_page, plain_of
from .starts import Starts


class Kind(StrEnum):
    """The effect of a difference. A SLOW one only costs time; every other kind is an error."""

    HIDES = "hides"
    MISLEADS = "misleads"
    BEYOND = "beyond"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where the stored index differs from the one computed from the chain.

    `what` is `narrow`, `wide` or `directory`. For the first two, `pages` is the number of pages
    of the block concerned. `records` is the number of records that they, or the directory, hide
    from some filter.
    BEYOND means that the chain has not reached these sequences: such pages hide no record yet, but
    would hide later ones.
    """

    kind: Kind
    what: str
    block: int
    first_sequence: int
    last_sequence: int
    pages: int = 0
    records: int = 0


def compare_pages(
    level: Level,
    block: int,
    expected: Sequence[bytes],
    stored: Mapping[int, bytes],
    *,
    last: int,
    is_due: bool,
) -> Iterator[Difference]:
    """Yield the differences of a block's pages: at most one error and one SLOW.

    `expected` has the pages in the order of their shards, `stored` maps a shard to its page. The
    chain ends at sequence `last`. Pages may be missing unless the block `is_due`.
    """
    hiding, slow, records = 0, 0, 0
    for shard, page in enumerate(expected):
        if shard not in stored:
            slow += is_due
            continue
        if _is_same(stored[shard], page):
            continue
        hidden = hidden_by(stored[shard], page, level.span)
        hiding += hidden > 0
        slow += is_due and not hidden
        records |= hidden
    chained = min(max(last - level.first_sequence(block) + 1, 0), level.span)
    records &= all_of(chained)
    if hiding:
        kind = Kind.HIDES if records else Kind.BEYOND
        yield _difference(kind, level, block, hiding, records.bit_count())
    if slow:
        yield _difference(Kind.SLOW, level, block, slow, 0)


def _difference(kind: Kind, level: Level, block: int, pages: int, records: int) -> Difference:
    first = level.first_sequence(block)
    what = "wide" if level.number else "narrow"
    return Difference(kind, what, block, first, first + level.span - 1, pages, records)


def _is_same(stored: bytes, expected: bytes) -> bool:
    """Compare two pages; the same page may be compressed by different versions of zlib."""
    if stored == expected:
        return True
    try:
        return plain_of(stored) == plain_of(expected)
    except Unreadable:
        return False


def hidden_by(stored: bytes, expected: bytes, span: int) -> int:
    """Return the records, as bits, that a stored page wrongly leaves out for some term.

    The page is read as lists read it. A page that cannot be read hides nothing, because lists then
    read the records themselves. A page of another version of the terms names every record.
    """
    try:
        page = decode_page(stored, span)
        if page.find(EVERY_TERM) == all_of(span):
            return 0
    except Unreadable:
        return 0
    computed = decode_page(expected, span)
    hidden = 0
    for term in {EVERY_TERM, *computed.terms}:
        try:
            hidden |= computed.find(term) & ~page.find(term)
        except Unreadable:
            continue
    return hidden


def compare_directory(
    narrow: Level, block: int, draft: Draft, stored: bytes | None
) -> Iterator[Difference]:
    """Yield the differences of a complete block's directory.

    `draft` has the records of the block. A directory with other landmarks, or without some starts,
    is still right, only slow, if segments begin at all the places that it has. Slices may be wider
    than needed, but must not leave out an event.
    """
    found = BLANK_DIRECTORY
    with suppress(Unreadable):
        found = found if stored is None else decode_directory(stored, narrow.span)
    expected = draft.directory()
    hidden = hidden_by_slices(found.occurred, draft.seconds, narrow.span)
    if hidden:
        yield directory_difference(Kind.HIDES, narrow, block, hidden)
    are_landmarks = draft.beginnings.issuperset(found.landmarks)
    if not (are_landmarks and _are_part_of(found.starts, expected.starts)):
        yield directory_difference(Kind.MISLEADS, narrow, block)
    elif not hidden and (stored is None or found != expected):
        yield directory_difference(Kind.SLOW, narrow, block)


def _are_part_of(found: Starts, expected: Starts) -> bool:
    """Return whether a segment begins at every start that was found."""
    return not found.bits & ~expected.bits and found.before in (0, expected.before)


def directory_difference(kind: Kind, narrow: Level, block: int, records: int = 0) -> Difference:
    """Return a difference of a block's directory, which hides this number of records."""
    first = narrow.first_sequence(block)
    return Difference(kind, "directory", block, first, first + narrow.span - 1, records=records)
