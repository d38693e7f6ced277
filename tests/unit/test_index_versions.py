"""Versions of the index: a new filter, or another release of this code, hides no event."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from indelible import filters
from indelible.errors import Unavailable
from indelible.filters import EXACT, Filters
from indelible.index import pages, terms
from indelible.index.levels import Level
from indelible.index.pages import blank_page, decode_page, encode_page
from indelible.index.starts import size_of_starts
from indelible.reading.find_event import find_event
from indelible.reading.listing import list_events
from support.builders import NOON, SECOND, WORKSPACE
from support.reading import events_of, plenty
from support.small_index import (
    SMALL,
    SMALL_LOOK_UPS,
    SPAN,
    WIDE_SPAN,
    Indexed,
    chain_of,
    events_at,
    id_at,
)
from unit.audited_index import differences, kinds, rebuild_index

RECORDS = 2 * WIDE_SPAN + 3 * SPAN + 5
ANN = {3, 40, WIDE_SPAN + 2, 2 * WIDE_SPAN + 1, 2 * WIDE_SPAN + SPAN + 1, RECORDS}
"""The sequences of the events whose actor_name is Ann."""


def a_chain() -> Indexed:
    """A chain without an index, in which Ann is rare."""
    fields: list[dict[str, object]] = [
        {"actor_id": f"user_{n % 9}", "actor_name": "Ann" if n + 1 in ANN else "Bob"}
        for n in range(RECORDS)
    ]
    return Indexed(chain_of(events_at([NOON + n * SECOND for n in range(RECORDS)], fields), [7]))


@contextmanager
def release(version: int) -> Iterator[None]:
    """Run as a release with this version of the terms.

    Release 3 has a filter `actor_name`. Release 4 has no terms for `actor_id`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "TERMS_VERSION", version)
        pages._blank_plain.cache_clear()
        fields = [each for each in terms.FIELDS if (version, each) != (4, "actor_id")]
        patch.setattr(filters, "EXACT", (*EXACT, "actor_name"))
        patch.setattr(terms, "FIELDS", (*fields, "actor_name"))
        patch.setattr(terms, "_SINGLE", {*terms._SINGLE, "actor_name"})
        yield
    pages._blank_plain.cache_clear()


def found(indexed: Indexed, name: str, text: str) -> set[int]:
    """The sequences of the events that a list with this filter finds."""
    wanted = Filters({name: text})
    page = list_events(indexed.reader(), WORKSPACE, wanted, 1_000, None, plenty())
    return {each["integrity"]["sequence"] for each in events_of(page)}


def bytes_read(indexed: Indexed, name: str, text: str) -> int:
    """The stored bytes of the segments that a list with this filter reads."""
    budget = plenty()
    list_events(indexed.reader(), WORKSPACE, Filters({name: text}), 1_000, None, budget)
    return budget.spent


def test_the_events_of_old_blocks_are_found_by_a_new_filter_before_and_after_a_rebuild() -> None:
    indexed = a_chain()
    indexed.extend()
    with release(3):
        assert found(indexed, "actor_name", "Ann") == ANN
        before = bytes_read(indexed, "actor_name", "Ann")
        rebuild_index(indexed)
        assert found(indexed, "actor_name", "Ann") == ANN
        assert bytes_read(indexed, "actor_name", "Ann") < before / 2


def test_a_wide_block_merged_from_blocks_of_two_releases_hides_nothing() -> None:
    indexed = a_chain()
    indexed.extend(WIDE_SPAN + 4 * SPAN)
    with release(3):
        indexed.extend()
        assert found(indexed, "actor_name", "Ann") == ANN
        assert {kind for kind, _, _ in kinds(indexed)} == {"slow"}


def test_the_release_before_finds_everything_in_blocks_of_a_newer_one() -> None:
    """A rollback: this release does not know which terms the newer one has dropped."""
    indexed = a_chain()
    with release(4):
        indexed.extend()
    expected = {*range(1, RECORDS + 1, 9)}
    assert found(indexed, "actor_id", "user_0") == expected
    rebuild_index(indexed)
    assert found(indexed, "actor_id", "user_0") == expected


def test_old_blocks_are_slow_and_not_wrong_until_they_are_rebuilt() -> None:
    indexed = a_chain()
    indexed.extend()
    with release(3):
        narrow, wide = RECORDS // SPAN, RECORDS // WIDE_SPAN
        expected = [("slow", "narrow", block) for block in range(narrow)]
        expected += [("slow", "wide", block) for block in range(wide)]
        assert sorted(kinds(indexed)) == sorted(expected)
        assert {each.pages for each in differences(indexed)} == {
            SMALL.narrow.shards,
            SMALL.wide.shards,
        }
        rebuild_index(indexed)
        assert differences(indexed) == []


def test_an_unknown_id_is_not_called_unknown_while_too_many_blocks_are_old() -> None:
    indexed = a_chain()
    indexed.extend()
    sizes = replace(SMALL_LOOK_UPS, displaced_bytes=2_000)
    unknown = id_at(NOON + 5 * SECOND, RECORDS)
    assert find_event(indexed.reader(sizes), WORKSPACE, unknown) is None
    with release(3):
        with pytest.raises(Unavailable):
            find_event(indexed.reader(sizes), WORKSPACE, unknown)
        rebuild_index(indexed)
        assert find_event(indexed.reader(sizes), WORKSPACE, unknown) is None


@pytest.mark.parametrize("level", [SMALL.narrow, SMALL.wide], ids=["narrow", "wide"])
def test_a_page_from_before_there_were_versions_names_every_record(level: Level) -> None:
    """It began with the number of its terms, in four bytes."""
    new = zlib.decompress(encode_page({7: [1, 2], 9: [5]}, level.span))
    assert new[:4] == bytes([terms.TERMS_VERSION, 0, 0, 2])
    old = zlib.compress(bytes([0, 0, 0, 2]) + new[4:])
    blank = decode_page(blank_page(level.span), level.span)
    assert decode_page(old, level.span) == blank


def test_an_index_from_before_there_were_versions_is_slow_and_hides_nothing() -> None:
    indexed = a_chain()
    indexed.extend()
    new = (dict(indexed.index.stored), dict(indexed.index.written))
    for place, page in indexed.index.stored.items():
        indexed.index.stored[place] = zlib.compress(b"\0" + zlib.decompress(page)[1:])
    for block, stored in indexed.index.written.items():
        landmarks = 1 + size_of_starts(SPAN) + 2 + 16 * SPAN // SMALL.slice_records
        indexed.index.written[block] = zlib.compress(zlib.decompress(stored)[landmarks:])
    for number in range(9):
        assert found(indexed, "actor_id", f"user_{number}") == {*range(number + 1, RECORDS + 1, 9)}
    slow = {(kind, what) for kind, what, _ in kinds(indexed)}
    assert slow == {("slow", "narrow"), ("slow", "wide"), ("slow", "directory")}
    rebuild_index(indexed)
    assert (indexed.index.stored, indexed.index.written) == new


def test_a_newer_page_in_a_form_that_is_not_known_yet_names_every_record() -> None:
    unknown = zlib.compress(bytes([terms.TERMS_VERSION + 1]) + b"another form")
    assert decode_page(unknown, SPAN) == decode_page(blank_page(SPAN), SPAN)
