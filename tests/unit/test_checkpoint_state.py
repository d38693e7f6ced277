"""The state object: one state has one encoding, and its rows can be read alone."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY, Head, leaf_hash
from indelible.checkpoints.entries import Entry, KeyEntry, RestartEntry
from indelible.checkpoints.state import (
    EMPTY_STATE,
    State,
    decode_state,
    find_workspace,
    read_rows,
    rows_end,
)
from indelible.checkpoints.workspace_map import Row, map_root, row_key
from indelible.checkpoints.workspace_state import (
    MAX_REASON,
    Growth,
    Hold,
    WorkspaceState,
    row_of,
)
from indelible.errors import Unreadable
from indelible.tlog.compact_range import EMPTY_RANGE, CompactRange
from indelible.tlog.merkle import root_of
from support.builders import NOON, SECOND
from support.notes import LOG
from support.proofs import ORIGIN

LEAVES = [leaf_hash(b"record %d" % n) for n in range(7)]
GROWN = WorkspaceState(
    "ws_grown", 0, EMPTY_RANGE.extended(LEAVES), sha256(b"7").digest(), NOON, 5, (),
    Growth(NOON - 60_000_000, 9),
)  # fmt: skip
HELD = WorkspaceState(
    "ws_held", 2, EMPTY_RANGE.extended(LEAVES[:4]), sha256(b"4").digest(), NOON - 1, 1, (3, 9),
    None, Hold(NOON, "hash_mismatch", 5, "the record 5 was changed: é"),
)  # fmt: skip
NEW = WorkspaceState("ws_new")
TIME = NOON // SECOND
ENTRIES: list[Entry] = [
    KeyEntry(TIME, LOG.key),
    RestartEntry(TIME, row_key("ws_held"), 1, 9, sha256(b"9").digest(), 4, sha256(b"why").digest()),
]
STATE = EMPTY_STATE.after(12, TIME, ORIGIN, [GROWN, HELD, NEW], ENTRIES)

words = st.text(max_size=20).filter(lambda text: text.isprintable())
times = st.integers(-(2**60), 2**60)
big = st.integers(0, 2**63 - 1)
digests = st.binary(min_size=32, max_size=32)
trees = st.integers(0, 2**63 - 1).map(
    lambda size: CompactRange(
        size, tuple(sha256(b"%d %d" % (size, n)).digest() for n in range(size.bit_count()))
    )
)
workspaces = st.builds(
    WorkspaceState,
    workspace_id=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    epoch=big,
    tree=trees,
    event_hash=digests,
    last_created_at=times,
    last_segment=big,
    restarts=st.lists(big, max_size=3).map(tuple),
    growth=st.none() | st.builds(Growth, times.filter(bool), big),
    hold=st.none() | st.builds(Hold.of, times, words, big, st.text()),
)
states = st.builds(
    EMPTY_STATE.after,
    big,
    big,
    st.just(ORIGIN),
    st.lists(workspaces, unique_by=lambda w: w.workspace_id),
    st.lists(st.builds(KeyEntry, big, st.just(LOG.key)) | st.sampled_from(ENTRIES), max_size=3),
)


@given(states)
def test_any_state_is_read_as_it_was_written(state: State) -> None:
    assert decode_state(state.encoded) == state
    state.check_rows(ORIGIN)


def test_time_and_entries_of_the_run_come_last_and_are_those_of_the_log() -> None:
    key, restart = (each.encoded for each in ENTRIES)
    end = len(key).to_bytes(2) + key + len(restart).to_bytes(2) + restart
    assert STATE.encoded.endswith(TIME.to_bytes(8) + b"\x00\x02" + end)
    assert replace(STATE, time=TIME + 1).encoded != STATE.encoded
    assert replace(STATE, entries_before=tuple(ENTRIES[:1])).encoded != STATE.encoded


@pytest.mark.parametrize(
    "end",
    [
        TIME.to_bytes(8) + b"\x00\x01\x00\x00",
        TIME.to_bytes(8) + b"\x00\x01\x00\x02x\n",
        TIME.to_bytes(8) + b"\x00\x01",
        (2**63).to_bytes(8) + b"\x00\x00",
    ],
    ids=["no entry", "an entry of no kind", "a missing entry", "a time that is none"],
)
def test_an_end_that_no_run_has_is_refused(end: bytes) -> None:
    encoded = replace(STATE, time=0, entries_before=()).encoded
    with pytest.raises(Unreadable):
        decode_state(encoded.removesuffix(bytes(10)) + end)


@given(st.binary(), st.integers(0, 3))
def test_any_bytes_are_refused_or_read_as_they_are(data: bytes, rows: int) -> None:
    for encoded in (data, STATE.encoded[: rows_end(rows)] + data):
        with contextlib.suppress(Unreadable):
            assert decode_state(encoded).encoded == encoded


def test_the_rows_come_first_in_the_order_of_their_keys() -> None:
    encoded = STATE.encoded
    assert encoded[:16].hex() == "00000003" + "00000001" + "000000000000000c"
    ordered = sorted([GROWN, HELD, NEW], key=lambda each: row_key(each.workspace_id))
    for place, workspace in enumerate(ordered):
        written = encoded[16 + place * 112 : 16 + (place + 1) * 112]
        leaves = LEAVES[: workspace.size]
        assert written == (
            row_key(workspace.workspace_id)
            + sha256(workspace.checkpoint(ORIGIN).text).digest()
            + len(leaves).to_bytes(8)
            + workspace.epoch.to_bytes(8)
            + root_of(leaves)
        )


def test_the_rows_can_be_read_alone() -> None:
    beginning = STATE.encoded[: rows_end(3)]
    assert read_rows(beginning) == (12, STATE.rows)
    with pytest.raises(Unreadable, match="cut off"):
        read_rows(beginning[:-1])
    with pytest.raises(Unreadable, match="cut off"):
        read_rows(beginning[:15])


@given(states)
def test_a_workspace_is_found_without_reading_the_others(state: State) -> None:
    encoded = state.encoded
    for row, workspace in zip(state.rows, state.workspaces, strict=True):
        assert find_workspace(encoded, state.rows, row.key) == workspace
    assert find_workspace(encoded, state.rows, row_key("ws_none_has_this_name")) is None


def test_a_state_that_is_cut_off_before_a_workspace_is_unreadable() -> None:
    *_, last = STATE.rows
    for end in (rows_end(3), rows_end(3) + 66, rows_end(3) + 140):
        with pytest.raises(Unreadable):
            find_workspace(STATE.encoded[:end], STATE.rows, last.key)


def test_the_map_of_a_run_has_the_hash_of_each_checkpoint() -> None:
    rows = [Row(row_key(w.workspace_id), w.checkpoint(ORIGIN).sha256) for w in (GROWN, HELD, NEW)]
    assert map_root(STATE.map_rows) == map_root(sorted(rows))


def test_no_workspaces_are_a_state_too() -> None:
    assert decode_state(EMPTY_STATE.encoded) == EMPTY_STATE
    assert len(EMPTY_STATE.encoded) == 16 + 10


def test_a_workspace_that_has_not_changed_keeps_its_row() -> None:
    grown = replace(GROWN, tree=GROWN.tree.extended(LEAVES[:2]))
    after = STATE.after(13, TIME + 60, ORIGIN, [grown, WorkspaceState("ws_later")])
    assert after.run == 13
    assert {*after.rows} - {*STATE.rows} == {
        row_of(ORIGIN, grown),
        row_of(ORIGIN, WorkspaceState("ws_later")),
    }
    assert {*STATE.rows} - {*after.rows} == {row_of(ORIGIN, GROWN)}
    assert {*after.workspaces} == {grown, HELD, NEW, WorkspaceState("ws_later")}
    assert after == EMPTY_STATE.after(13, TIME + 60, ORIGIN, after.workspaces)


def test_the_head_of_a_workspace_is_that_of_its_last_covered_record() -> None:
    assert GROWN.head == Head(7, sha256(b"7").digest(), NOON)
    assert NEW.head == EMPTY


@pytest.mark.parametrize("place", range(3))
def test_a_row_that_is_not_that_of_its_tree_is_found(place: int) -> None:
    rows = list(STATE.rows)
    for changed in (
        rows[place]._replace(root=sha256(b"other").digest()),
        rows[place]._replace(text_sha256=sha256(b"other").digest()),
    ):
        other = replace(STATE, rows=(*rows[:place], changed, *rows[place + 1 :]))
        assert decode_state(other.encoded) == other
        with pytest.raises(Unreadable, match="not that of its tree"):
            other.check_rows(ORIGIN)


def test_rows_of_another_log_are_found() -> None:
    with pytest.raises(Unreadable, match="not that of its tree"):
        STATE.check_rows("other.example.com/log")


def test_rows_out_of_order_or_doubled_are_refused() -> None:
    turned = replace(STATE, rows=STATE.rows[::-1], workspaces=STATE.workspaces[::-1])
    twice = replace(STATE, rows=2 * STATE.rows[:1], workspaces=2 * STATE.workspaces[:1])
    for state in (turned, twice):
        with pytest.raises(Unreadable, match="order of their keys"):
            decode_state(state.encoded)


def test_a_workspace_beside_the_row_of_another_is_refused() -> None:
    other = replace(GROWN, workspace_id="ws_other")
    mixed = EMPTY_STATE.after(12, TIME, ORIGIN, [GROWN])
    with pytest.raises(Unreadable, match="not those of its rows"):
        decode_state(replace(mixed, workspaces=(other,)).encoded)


@pytest.mark.parametrize("name", ["", "ws grown", "ws/grown"])
def test_a_name_that_no_workspace_has_is_refused(name: str) -> None:
    state = EMPTY_STATE.after(12, TIME, ORIGIN, [replace(GROWN, workspace_id=name)])
    with pytest.raises(Unreadable, match="not those of its rows"):
        decode_state(state.encoded)


@pytest.mark.parametrize(("size", "epoch"), [(2**63, 0), (0, 2**63)])
def test_a_number_that_no_checkpoint_has_is_refused(size: int, epoch: int) -> None:
    tree = CompactRange(size, tuple(LEAVES[: size.bit_count()]))
    beyond = replace(GROWN, epoch=epoch, tree=tree)
    with pytest.raises(Unreadable, match="not written as it must be"):
        decode_state(EMPTY_STATE.after(12, TIME, ORIGIN, [beyond]).encoded)


def test_every_cut_is_refused() -> None:
    encoded = STATE.encoded
    for end in range(len(encoded)):
        with pytest.raises(Unreadable):
            decode_state(encoded[:end])
    with pytest.raises(Unreadable, match="more or less"):
        decode_state(encoded + b"\x00")
    held_last = EMPTY_STATE.after(12, TIME, ORIGIN, [HELD]).encoded
    for cut in (held_last[:-1], held_last[: held_last.index(b"changed")]):
        with pytest.raises(Unreadable):
            decode_state(cut)


def test_a_changed_byte_never_leaves_the_state_the_same() -> None:
    encoded = STATE.encoded
    for place in range(len(encoded)):
        for bit in (1, 128):
            changed = encoded[:place] + bytes([encoded[place] ^ bit]) + encoded[place + 1 :]
            try:
                read = decode_state(changed)
            except Unreadable:
                continue
            assert read != STATE
            assert read.encoded == changed


def test_a_later_format_is_named() -> None:
    with pytest.raises(Unreadable, match="state format 2 is unknown"):
        decode_state(STATE.encoded[:7] + b"\x02" + STATE.encoded[8:])


def test_the_reason_of_a_hold_may_be_any_text() -> None:
    hold = Hold.of(NOON, "unreadable", 5, "\ud800" + "x" * 5_000)
    assert hold.reason == "?" + "x" * (MAX_REASON - 1)
    state = EMPTY_STATE.after(1, TIME, ORIGIN, [replace(GROWN, hold=hold)])
    assert decode_state(state.encoded) == state
