"""A head that was kept is looked for in an export file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.errors import NotFound
from indelible.filters import Filters
from indelible.verifying.kept_head import KeptHead
from support.builders import NOON, SECOND, a_chain, records_of, rewritten
from support.export_lines import breaks_of, lines_of, packed

CHAIN = a_chain(12, 3)


def test_a_kept_head_has_to_be_in_the_file() -> None:
    file = packed(lines_of(CHAIN))
    kept = KeptHead(6, CHAIN[1].event_hash)
    assert breaks_of(file, kept) == []
    assert kept.check() is None
    other = KeptHead(6, bytes(32))
    assert breaks_of(file, other) == []
    assert other.check() is not None


def part_of(start: int, end: int | None) -> bytes:
    """The file of the records from second `start` on, up to second `end`."""
    filters = Filters({}, NOON + start * SECOND)
    if end is not None:
        filters = Filters({}, NOON + start * SECOND, NOON + end * SECOND)
    return packed(lines_of(CHAIN, filters))


def test_a_kept_head_right_before_the_file_is_one_it_follows() -> None:
    kept = KeptHead(6, CHAIN[1].event_hash)
    assert breaks_of(part_of(7, None), kept) == []
    assert kept.check() is None


@pytest.mark.parametrize(("start", "end", "sequence"), [(7, None, 5), (7, 9, 10)])
def test_a_kept_head_outside_of_the_file_cannot_be_told(
    start: int, end: int | None, sequence: int
) -> None:
    with pytest.raises(NotFound, match="7 to"):
        breaks_of(part_of(start, end), KeptHead(sequence, bytes(32)))


def test_a_kept_head_after_the_end_of_the_chain_was_cut_off() -> None:
    kept = KeptHead(13, bytes(32))
    assert breaks_of(part_of(7, None), kept) == []
    assert kept.check() is not None


def test_a_kept_head_is_compared_with_what_the_records_come_to() -> None:
    records = [each.replace(b"document", b"documemt") for each in records_of([CHAIN[1]])]
    pretending = replace(rewritten(CHAIN[1], records), event_hash=CHAIN[1].event_hash)
    kept = KeptHead(6, CHAIN[1].event_hash)
    file = packed(lines_of([CHAIN[0], pretending, *CHAIN[2:]]))
    assert [each.type for each in breaks_of(file, kept)] == ["chain_break"]
    assert kept.check() is not None
