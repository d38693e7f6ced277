"""A kept head is looked up in an export file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.errors import NotFound
from indelible.filters import Filters
from indelible.verifying.kept_head import KeptHead
from support.builders import NOON, SECOND, a_chain, records_of, rewritten
from support.export_lines import breaks_of, lines_of, packed

CHAIN = a_chain(12, 3)


def test_a_kept_head_must_be_in_the_file() -> None:
    file = packed(lines_of(CHAIN))
    kept = KeptHead(6, CHAIN[1].event_hash)
    assert breaks_of(file, kept) == []
    assert kept.check() is None
    other = KeptHead(6, bytes(32))
    assert breaks_of(file, other) == []
    assert other.check() is not None


def part_of(start: int, end: int | None) -> bytes:
    """The file of the records from second `start` up to, but not including, second `end`."""
    filters = Filters({}, NOON + start * SECOND)
    if end is not None:
        filters = Filters({}, NOON + start * SECOND, NOON + end * SECOND)
    return packed(lines_of(CHAIN, filters))


def test_a_file_may_follow_right_after_a_kept_head() -> None:
    kept = KeptHead(6, CHAIN[1].event_hash)
    assert breaks_of(part_of(7, None), kept) == []
    assert kept.check() is None


@pytest.mark.parametrize(("start", "end", "sequence"), [(7, None, 5), (7, 9, 10)])
def test_a_kept_head_outside_the_file_cannot_be_checked(
    start: int, end: int | None, sequence: int
) -> None:
    with pytest.raises(NotFound, match="7 to"):
        breaks_of(part_of(start, end), KeptHead(sequence, bytes(32)))


def test_a_kept_head_beyond_the_end_shows_that_the_chain_was_cut_off() -> None:
    kept = KeptHead(13, bytes(32))
    assert breaks_of(part_of(7, None), kept) == []
    assert kept.check() is not None


def test_a_kept_head_is_compared_with_the_hash_computed_from_the_records() -> None:
    records = [each.replace(b"document", b"documemt") for each in records_of([CHAIN[1]])]
    pretending = replace(rewritten(CHAIN[1], records), event_hash=CHAIN[1].event_hash)
    kept = KeptHead(6, CHAIN[1].event_hash)
    file = packed(lines_of([CHAIN[0], pretending, *CHAIN[2:]]))
    assert [each.type for each in breaks_of(file, kept)] == ["chain_break"]
    assert kept.check() is not None


def test_a_file_without_a_record_does_not_hold_a_kept_head() -> None:
    """The chain may have been deleted before it was exported."""
    kept = KeptHead(12, CHAIN[-1].event_hash)
    assert breaks_of(packed(lines_of([])), kept) == []
    found = kept.check()
    assert found is not None
    assert (found.sequence, found.actual) == (12, "no such record")
