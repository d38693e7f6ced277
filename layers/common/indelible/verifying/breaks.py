"""Breaks: the errors that a chain can have, and their form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..chain.hashes import Head


class BreakType(StrEnum):
    """The kinds of breaks. openapi.yaml explains each value."""

    HASH_MISMATCH = "hash_mismatch"
    CHAIN_BREAK = "chain_break"
    SEQUENCE_GAP = "sequence_gap"
    TIME_ORDER = "time_order"
    UNREADABLE = "unreadable"
    CHAIN_MISSING = "chain_missing"
    TRUNCATED = "truncated"
    CHECKPOINT_MISMATCH = "checkpoint_mismatch"
    INDEX_MISMATCH = "index_mismatch"
    BUCKET_TAMPERED = "bucket_tampered"

    @property
    def compares_hashes(self) -> bool:
        """Whether `expected` and `actual` of a break of this kind are hashes."""
        return self in {
            BreakType.HASH_MISMATCH,
            BreakType.CHAIN_BREAK,
            BreakType.CHECKPOINT_MISMATCH,
        }


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a chain is not as it must be.

    `event_id` is the id in the record; None if the break does not concern a record that can be
    read. `expected` is None for UNREADABLE, CHAIN_MISSING, TRUNCATED, INDEX_MISMATCH and
    BUCKET_TAMPERED, and `actual` is then the reason. It is also None for HASH_MISMATCH where only a
    leaf prefix is stored. `detail` is what else is known of hashes, such as that prefix.
    """

    type: BreakType
    sequence: int
    event_id: str | None
    expected: str | None
    actual: str | None
    detail: str | None = None

    @property
    def reason(self) -> str:
        """What is wrong, in a few words for people."""
        compared = f"expected {self.expected}, found {self.actual}" if self.expected else None
        return self.detail or compared or self.actual or ""


@dataclass(frozen=True, slots=True)
class Step:
    """The result of verifying one segment of a table, or one block of a file.

    `events` counts its records. `head` is the head of the chain after it.
    """

    events: int
    breaks: tuple[Break, ...]
    head: Head


def unreadable(sequence: int, reason: str) -> Break:
    """The break for a record or segment that cannot be read."""
    return Break(BreakType.UNREADABLE, sequence, None, None, reason)


def chain_break(sequence: int, expected: bytes, actual: bytes, detail: str | None = None) -> Break:
    """The break for an event hash that differs from the previous one or from the computed one."""
    return Break(BreakType.CHAIN_BREAK, sequence, None, expected.hex(), actual.hex(), detail)


def chain_missing(sequence: int, reason: str) -> Break:
    """The break for records from `sequence` on that must have been chained and are not there."""
    return Break(BreakType.CHAIN_MISSING, sequence, None, None, reason)


def truncated(sequence: int, reason: str) -> Break:
    """The break for a chain without the covered record at `sequence` and those after it."""
    return Break(BreakType.TRUNCATED, sequence, None, None, reason)


def cut_off(last: int, covered: int) -> Break:
    """The break for a chain that ends with record `last`, and of which more are covered."""
    return truncated(last + 1, f"the chain ends with record {last}, and {covered} are covered")


def other_head(covered: int, expected: bytes, actual: bytes) -> Break:
    """The break for a chain whose last covered record has another event hash."""
    reason = "the last covered record is another one now"
    return checkpoint_mismatch(covered, expected, actual, reason)


def longer_segment(covered: int, last: int) -> Break:
    """The break for a covered segment that has got records after the last covered one."""
    reason = f"the segment ended with record {covered} when it was covered, and now with {last}"
    return checkpoint_mismatch(covered, None, None, reason)


def checkpoint_mismatch(
    sequence: int, expected: bytes | None, actual: bytes | None, detail: str
) -> Break:
    """The break for covered records, up to `sequence`, that are not those that were covered.

    `expected` is the hash that was covered, and `actual` the one that the chain gives.
    """
    hashes = expected.hex() if expected else None, actual.hex() if actual else None
    return Break(BreakType.CHECKPOINT_MISMATCH, sequence, None, *hashes, detail)


def index_mismatch(sequence: int, reason: str) -> Break:
    """The break for a block of the index, from `sequence` on, that is not that of its records."""
    return Break(BreakType.INDEX_MISMATCH, sequence, None, None, reason)


def bucket_tampered(sequence: int, reason: str) -> Break:
    """The break for an object of the locked bucket that is gone, or is not the only one of its key.

    `sequence` is that of the last record below a tile, or 0 for an object of the log.
    """
    return Break(BreakType.BUCKET_TAMPERED, sequence, None, None, reason)
