"""Growth notes: strict bytes, and merging that survives repeated and garbled notes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.ledger import LAST_SEQUENCE
from indelible.covering.growth import Noted, decode_note, encode_note, merge_notes
from indelible.errors import Unreadable

NOTES = st.dictionaries(
    st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    st.sets(st.integers(1, LAST_SEQUENCE), min_size=1),
)


def test_a_note_is_a_json_object_with_sorted_sequences() -> None:
    assert encode_note({"ws_b": {101, 1}, "ws_a": [7, 7]}) == b'{"ws_a":[7],"ws_b":[1,101]}'


@given(NOTES)
def test_a_note_is_read_back(growth: dict[str, set[int]]) -> None:
    assert decode_note(encode_note(growth)) == {name: sorted(f) for name, f in growth.items()}


@pytest.mark.parametrize(
    "encoded",
    [
        b"",
        b"null",
        b"[]",
        b'{"ws_a":7}',
        b'{"ws_a":[]}',
        b'{"ws_a":[0]}',
        b'{"ws_a":[-1]}',
        b'{"ws_a":[10000000000000000]}',
        b'{"ws_a":[2,1]}',
        b'{"ws_a":[1,1]}',
        b'{"ws_a":[1.0]}',
        b'{"ws_a":["1"]}',
        b'{"ws_a":[true]}',
        b'{"":[1]}',
        b'{"ws a":[1]}',
        b'{"ws_a":[1]} ',
        b'{"ws_b":[1],"ws_a":[1]}',
        b'{"ws_a":[1],"ws_a":[1]}',
        b'{"ws_a":[1]',
        b"\xff",
        b"[" * 100_000,
        ('{"' + "w" * 65 + '":[1]}').encode(),
    ],
)
def test_any_other_text_is_unreadable(encoded: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_note(encoded)


@given(NOTES, st.data())
def test_a_changed_byte_is_refused_or_is_another_note(
    growth: dict[str, set[int]], data: st.DataObject
) -> None:
    plain = bytearray(encode_note(growth))
    plain[data.draw(st.integers(0, len(plain) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = decode_note(bytes(plain))
    except Unreadable:
        return
    assert encode_note(found) == plain


@pytest.mark.parametrize(
    ("workspace_id", "first"),
    [("ws a", 1), ("", 1), ("w" * 65, 1), ("w\u00e9", 1), ("ws_b", 0), ("ws_b", LAST_SEQUENCE + 1)],
)
def test_what_cannot_be_a_chain_spoils_no_note(workspace_id: str, first: int) -> None:
    assert encode_note({"ws_a": [1], workspace_id: [first]}) == encode_note({"ws_a": [1]})


def test_merged_notes_name_each_segment_once_with_the_earliest_time() -> None:
    first, second = encode_note({"ws_a": [1, 9], "ws_b": [7]}), encode_note({"ws_a": [5, 9]})
    merged = {"ws_a": Noted(3, [1, 5, 9]), "ws_b": Noted(3, [7])}
    assert merge_notes([(first, 8), (second, 5), (first, 3)]) == (merged, 0)
    assert merge_notes([]) == ({}, 0)


def test_unreadable_notes_are_counted_and_left_out() -> None:
    unreadable = [(b"{", 1), (b'{"ws_c":[0]}', 1)]
    note = encode_note({"ws_a": [5]})
    assert merge_notes([*unreadable, (note, 3)]) == ({"ws_a": Noted(3, [5])}, 2)


def test_a_full_delivery_of_the_stream_fits_in_a_message() -> None:
    """SQS takes 256 KiB, and the indexer at most a thousand records."""
    growth = {f"{'w' * 60}{n:04d}": [LAST_SEQUENCE - n] for n in range(1_000)}
    assert len(encode_note(growth)) < 90_000
