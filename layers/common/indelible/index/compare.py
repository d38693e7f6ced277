"""Comparing a block of the index as it is stored with the same block computed of the chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..errors import Unreadable
from .directory import Landmark, decode_landmarks
from .levels import NARROW, Level
from .offsets import all_of
from .pages import EVERY_TERM, decode_page, plain_of


class Kind(StrEnum):
    """What a difference does. SLOW ones make lists slow; all others are wrong."""

    HIDES = "hides"
    MISLEADS = "misleads"
    BEYOND = "beyond"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what is stored is not what the chain gives.

    `what` is `narrow` or `wide`, for so many `pages` of a block of that level, or `directory`.
    `records` is how many records of the chain these pages hide from some filter. Pages that are
    BEYOND hide none yet, but would hide records of sequences that the chain has not reached.
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
    """The differences of a block's pages, by shard; at most one that is wrong and one that is slow.

    The chain ends at the sequence `last`. Pages of a block that is not due may be missing.
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
    what = "narrow" if level == NARROW else "wide"
    return Difference(kind, what, block, first, first + level.span - 1, pages, records)


def _is_same(stored: bytes, expected: bytes) -> bool:
    """Whether both say the same. Another version of zlib may have compressed it otherwise."""
    if stored == expected:
        return True
    try:
        return plain_of(stored) == plain_of(expected)
    except Unreadable:
        return False


def hidden_by(stored: bytes, expected: bytes, span: int) -> int:
    """The records, as bits, that a stored page leaves out for some term and should not.

    It is read as lists read it: where it cannot be, it says nothing, and hides nothing.
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
    block: int, landmarks: list[Landmark], starts: set[Landmark], stored: bytes | None
) -> Iterator[Difference]:
    """The difference of a complete block's directory, if there is one.

    `landmarks` are those it should have, `starts` all that it might have and be right.
    """
    try:
        found = [] if stored is None else decode_landmarks(stored)
    except Unreadable:
        found = []
    if stored is None or found != landmarks:
        is_right = starts.issuperset(found)
        yield directory_difference(Kind.SLOW if is_right else Kind.MISLEADS, block)


def directory_difference(kind: Kind, block: int) -> Difference:
    """A difference of a block's directory."""
    first = NARROW.first_sequence(block)
    return Difference(kind, "directory", block, first, first + NARROW.span - 1)
