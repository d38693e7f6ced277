"""A leaf prefix names the record that was changed; the event hash decides whether one was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from indelible.chain.hashes import HASH_BYTES, leaf_hash, leaf_hashes
from indelible.chain.segment import (
    PREFIX_BYTES,
    Segment,
    cut_prefixes,
    event_hashes_of,
    read_prefixes,
    read_records,
)
from indelible.errors import Unreadable
from indelible.export_file.lines import record_lines
from indelible.reading.verification import Findings, public_findings
from indelible.verifying.breaks import Break, BreakType
from indelible.verifying.one_by_one import NONE_NAMED, NOT_ALL_NAMED
from support.builders import as_stored, at_second, event_id
from support.tampering import (
    CHAIN,
    breaks_of,
    types_of,
    with_a_byte_changed,
    with_a_fitting_prefix,
    with_whole_leaf_hashes,
)

GENUINE = [leaf_hash(each) for each in read_records(CHAIN[1])]
PREFIXES_CHANGED = "the records give the event hash, so what was changed is this prefix"


def with_segment(segment: Segment) -> list[Segment]:
    """The chain with this as its second segment."""
    return [CHAIN[0], segment, CHAIN[2]]


def with_prefixes(*prefixes: bytes) -> Segment:
    """The second segment with other stored prefixes."""
    return replace(CHAIN[1], leaf_prefixes=b"".join(prefixes))


def changed_at(*places: int) -> Segment:
    """The second segment with the records at these places (0 to 2) changed, and nothing else."""
    records = read_records(CHAIN[1])
    for place in places:
        records[place] = records[place].replace(b"document.created", b"document.deleted")
    return replace(CHAIN[1], records=as_stored(records))


def blaming_the_third(size: int) -> Segment:
    """The second segment with its first record changed to fit its prefix, and the third blamed."""
    changed = changed_at(0)
    leaves = leaf_hashes(read_records(changed))
    return replace(changed, leaf_prefixes=cut_prefixes([*leaves[:2], bytes(HASH_BYTES)], size))


def in_api(found: Break) -> dict[str, object]:
    """A break as `GET /v1/verify` shows it."""
    findings: dict[str, Any] = public_findings(Findings(CHAIN[2].head, 9, [found]), None)
    [shown] = findings["breaks"]
    return dict(shown)


def test_a_segment_has_the_first_four_bytes_of_each_leaf_hash() -> None:
    assert CHAIN[1].leaf_prefixes == b"".join(each[:4] for each in GENUINE)
    assert CHAIN[1].stored_bytes == len(CHAIN[1].records) + 4 * 3


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_prefix_names_the_record_that_was_changed(place: int) -> None:
    segment = changed_at(place)
    [found] = breaks_of(with_segment(segment))
    computed = leaf_hash(read_records(segment)[place]).hex()
    assert found == Break(
        BreakType.HASH_MISMATCH,
        4 + place,
        event_id(4 + place, at_second(4 + place)),
        None,
        computed,
        f"the stored leaf prefix is {GENUINE[place][:4].hex()}",
    )
    shown = in_api(found)
    assert (shown["expected_hash"], shown["actual_hash"]) == (None, computed)
    assert shown["detail"] == f"the stored leaf prefix is {GENUINE[place][:4].hex()}"


def test_prefixes_name_two_records_that_were_changed() -> None:
    found = types_of(with_segment(changed_at(0, 2)))
    assert found == [("hash_mismatch", 4), ("hash_mismatch", 6)]


def test_a_record_changed_with_its_prefix_is_found_and_not_named() -> None:
    """The same holds for a changed record whose leaf hash begins as before by chance."""
    changed = with_a_fitting_prefix(CHAIN[1])
    assert changed.leaf_prefixes != CHAIN[1].leaf_prefixes
    [found] = breaks_of(with_segment(changed))
    expected, actual = CHAIN[1].event_hash.hex(), event_hashes_of(changed)[-1].hex()
    assert found == Break(BreakType.CHAIN_BREAK, 6, None, expected, actual, NONE_NAMED)
    shown = in_api(found)
    assert (shown["expected_hash"], shown["actual_hash"]) == (expected, actual)
    assert shown["detail"] == "no leaf prefix names a record that was changed"


@pytest.mark.parametrize("hide", [b"{}", b"junk", b'{"id":1}'])
def test_a_record_replaced_by_junk_together_with_its_prefix_breaks_the_chain(hide: bytes) -> None:
    first, _, third = read_records(CHAIN[1])
    forged = replace(
        with_prefixes(*(leaf_hash(each)[:4] for each in (first, hide, third))),
        records=as_stored([first, hide, third]),
    )
    assert types_of(with_segment(forged)) == [("unreadable", 5), ("chain_break", 6)]


def test_a_changed_prefix_is_a_break_that_says_that_its_record_is_unchanged() -> None:
    first, second, third = (each[:4] for each in GENUINE)
    [found] = breaks_of(with_segment(with_prefixes(first, bytes(4), third)))
    assert (found.type, found.sequence, found.expected) == (BreakType.HASH_MISMATCH, 5, None)
    assert found.actual == GENUINE[1].hex()
    assert found.detail == f"the stored leaf prefix is 00000000; {PREFIXES_CHANGED}"
    swapped = types_of(with_segment(with_prefixes(second, first, third)))
    assert swapped == [("hash_mismatch", 4), ("hash_mismatch", 5)]


def test_prefixes_that_all_fit_do_not_save_another_event_hash() -> None:
    last = [CHAIN[0], replace(CHAIN[1], event_hash=bytes(32))]
    [found] = breaks_of(last)
    assert (found.type, found.sequence, found.expected) == (
        BreakType.CHAIN_BREAK,
        6,
        bytes(32).hex(),
    )
    assert found.detail == NONE_NAMED


@pytest.mark.parametrize("size", [0, 1, 3, 5, 8, 16, 31, 33, 64])
def test_prefixes_of_another_size_are_unreadable(size: int) -> None:
    segment = with_prefixes(*((each * 2)[:size] for each in GENUINE))
    with pytest.raises(Unreadable, match=f"holds {3 * size} bytes of leaf prefixes for 3 records"):
        read_prefixes(segment)
    assert types_of(with_segment(segment)) == [("unreadable", 4)]


@pytest.mark.parametrize("count", [1, 7, 8, 9])
def test_the_number_of_records_tells_prefixes_from_whole_hashes(count: int) -> None:
    """Eight prefixes have as many bytes as one leaf hash."""
    leaves = [bytes([n]) * 32 for n in range(count)]
    for size in (PREFIX_BYTES, 32):
        stored = replace(CHAIN[1], count=count, leaf_prefixes=cut_prefixes(leaves, size))
        assert read_prefixes(stored).size == size
        assert read_prefixes(stored).split() == [leaf[:size] for leaf in leaves]


def test_prefixes_may_name_another_record_than_the_one_that_was_changed() -> None:
    """Four bytes cannot tell. The segment is found all the same, and exported as a whole."""
    blamed = blaming_the_third(PREFIX_BYTES)
    assert types_of(with_segment(blamed)) == [("hash_mismatch", 6)]
    exported = record_lines(blamed, 4, 6, lambda _: False)
    assert exported.text.count(b'"record":') == 3


# ---- segments with whole leaf hashes, as version 0.1.0 stored them -------------------------------


def test_a_whole_leaf_hash_is_the_hash_that_was_expected() -> None:
    [found] = breaks_of(with_segment(with_a_byte_changed(with_whole_leaf_hashes(CHAIN[1]))))
    assert (found.type, found.sequence) == (BreakType.HASH_MISMATCH, 5)
    assert (found.expected, found.detail) == (GENUINE[1].hex(), None)
    assert in_api(found)["expected_hash"] == GENUINE[1].hex()


def test_a_changed_whole_leaf_hash_is_a_break_that_says_that_its_record_is_unchanged() -> None:
    leaves = [GENUINE[0], bytes(32), GENUINE[2]]
    [found] = breaks_of(with_segment(with_prefixes(*leaves)))
    assert (found.type, found.sequence) == (BreakType.HASH_MISMATCH, 5)
    assert (found.expected, found.actual) == (bytes(32).hex(), GENUINE[1].hex())
    assert found.detail == PREFIXES_CHANGED


def test_a_whole_leaf_hash_changed_with_its_record_breaks_the_chain() -> None:
    changed = with_whole_leaf_hashes(with_a_byte_changed(CHAIN[1]))
    assert types_of(with_segment(changed)) == [("chain_break", 6)]


def test_whole_leaf_hashes_tell_that_they_do_not_name_every_record_that_was_changed() -> None:
    named, link = breaks_of(with_segment(blaming_the_third(HASH_BYTES)))
    assert (named.type, named.sequence) == (BreakType.HASH_MISMATCH, 6)
    assert (link.type, link.sequence) == (BreakType.CHAIN_BREAK, 6)
    assert (link.expected, link.detail) == (CHAIN[1].event_hash.hex(), NOT_ALL_NAMED)
