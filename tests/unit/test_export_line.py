"""A line of an export file holds the record byte for byte."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.export_file.lines import DamageLine, write_damage, write_record
from indelible.export_file.read_lines import (
    RecordLine,
    RecordLines,
    read_line,
    read_lines,
    read_record_lines,
)

LEAF, LINK = bytes(range(32)), bytes(range(32, 64))
HASHES = st.binary(min_size=32, max_size=32)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=4)


@given(record=objects, link=st.none() | HASHES, escaped=st.booleans(), leaf=HASHES)
def test_a_record_line_is_read_back_unchanged(
    record: object, link: bytes | None, escaped: bool, leaf: bytes
) -> None:
    text = json.dumps(record, ensure_ascii=escaped, separators=(",", ":")).encode()
    line = write_record(leaf, link, text)
    found = RecordLine(leaf.hex().encode(), b"" if link is None else link.hex().encode(), text)
    assert read_line(line.removesuffix(b"\n")) == found
    links = {} if link is None else {0: link, 1: link}
    assert read_record_lines(line * 2) == RecordLines([text, text], [leaf, leaf], links)
    assert json.loads(line)["record"] == record


@pytest.mark.parametrize("link", [None, LINK])
def test_a_record_left_out_by_a_filter_keeps_its_hashes(link: bytes | None) -> None:
    line = read_line(write_record(LEAF, link, None).removesuffix(b"\n"))
    assert line == RecordLine(LEAF.hex().encode(), link.hex().encode() if link else b"", b"")


@given(record=st.binary(max_size=40).filter(lambda each: each[:1] != b"{"))
@pytest.mark.parametrize("link", [None, LINK])
def test_bytes_that_are_not_an_object_are_kept_as_evidence(
    record: bytes, link: bytes | None
) -> None:
    line = write_record(LEAF, link, record)
    assert read_record_lines(line) is None
    found = read_line(line.removesuffix(b"\n"))
    assert isinstance(found, DamageLine)
    assert (found.leaf_hash, found.event_hash, found.record_base64) == (
        LEAF.hex(),
        link.hex() if link else None,
        record,
    )


@pytest.mark.parametrize(
    "record",
    [
        b'{"a":1},"record":{}',
        b'{"a":1}}',
        b'{"a":"\xff"}',
        b'{"a":1}{"a":2}',
        b'{"a":' * 9_999,
        b"{}}",
    ],
)
def test_bytes_that_would_end_a_record_early_are_escaped(record: bytes) -> None:
    found = read_line(write_record(LEAF, None, record).removesuffix(b"\n"))
    assert isinstance(found, DamageLine)
    assert found.record_base64 == record


def test_the_line_of_an_unreadable_segment_is_read_back_unchanged() -> None:
    line = DamageLine("does not decompress", None, LINK.hex(), None, 7, 12)
    assert read_line(write_damage(line).removesuffix(b"\n")) == line


@given(st.data())
def test_a_line_has_one_spelling(data: st.DataObject) -> None:
    line = bytearray(write_record(LEAF, LINK, b'{"a":1}').removesuffix(b"\n"))
    place = data.draw(st.integers(0, line.index(b'"record"') + 9))
    line.insert(place, ord(data.draw(st.sampled_from(string.whitespace.replace("\n", "")))))
    with pytest.raises(Unreadable):
        read_line(bytes(line))
    assert read_record_lines(bytes(line) + b"\n") is None


KINDS = {
    "whole": write_record(LEAF, None, b'{"a":1}'),
    "last": write_record(LEAF, LINK, b'{"b":2}'),
    "left out": write_record(LEAF, None, None),
    "last, left out": write_record(LEAF, LINK, None),
}


@given(st.lists(st.sampled_from([*KINDS.values()]), min_size=1, max_size=6))
def test_lines_read_together_are_those_read_one_by_one(lines: list[bytes]) -> None:
    found = [read_line(each[:-1]) for each in lines]
    alone = [each for each in found if isinstance(each, RecordLine)]
    assert read_record_lines(b"".join(lines)) == RecordLines(
        [each.record or None for each in alone],
        [bytes.fromhex(each.leaf_hash.decode()) for each in alone],
        {n: LINK for n, each in enumerate(alone) if each.event_hash},
    )


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_lines_read_together_are_as_strict_as_one_line(kind: str, data: st.DataObject) -> None:
    """Any byte of a line is changed, removed or doubled."""
    line = bytearray(KINDS[kind][:-1])
    place = data.draw(st.integers(0, len(line) - 1))
    line[place : place + 1] = data.draw(
        st.sampled_from([b"", line[place : place + 1] * 2]) | st.binary(min_size=1, max_size=1)
    )
    block = KINDS["whole"] + bytes(line).replace(b"\n", b"") + b"\n"
    try:
        is_record = isinstance(read_line(block.split(b"\n")[1]), RecordLine)
    except Unreadable:
        is_record = False
    assert (read_record_lines(block) is not None) == is_record


def test_lines_of_records_around_another_line_are_read_with_their_places() -> None:
    damage = DamageLine("does not decompress", None, None, None, 7, 12)
    block = KINDS["whole"] + KINDS["last"] + write_damage(damage) + KINDS["left out"]
    assert [*read_lines(block)] == [
        RecordLines([b'{"a":1}', b'{"b":2}'], [LEAF, LEAF], {1: LINK}),
        damage,
        RecordLines([None], [LEAF], {}),
    ]


def test_lines_that_a_program_ended_with_cr_lf_are_named_as_such() -> None:
    line = write_record(LEAF, LINK, b'{"a":1}').removesuffix(b"\n")
    with pytest.raises(Unreadable, match="ends with CR LF"):
        read_line(line + b"\r")
