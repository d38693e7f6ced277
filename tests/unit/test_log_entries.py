"""The log's entries: lines that have only one spelling, so that a leaf hash has one meaning."""

from __future__ import annotations

import contextlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.checkpoints.entries import (
    ContinuesEntry,
    Entry,
    KeyEntry,
    RestartEntry,
    RunEntry,
    read_entry,
    read_run_entry,
)
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.workspace_map import row_key
from indelible.errors import Unreadable
from indelible.tlog.keys import NOTES, VerifierKey
from support.notes import LOG
from support.proofs import ORIGIN, RUN_TIME

ROOT = sha256(b"root").digest()
BASE64 = b"SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I="
REQUEST = RestartRequest("ws_4kT9mQ2vXbN7cRd1", 0, 950, "restored the table to 2026-11-23 11:00")
WRITTEN: list[tuple[Entry, bytes]] = [
    (RunEntry(RUN_TIME, ROOT), b"indelible.run/v1\n1795435260\n" + BASE64 + b"\n"),
    (
        KeyEntry(RUN_TIME, LOG.key),
        b"indelible.key/v1\n1795435260\n"
        b"audit.example.com/log+5c36013d+AeqchiUPYdUqzCsiox/vmQLVmA5dkZ/+ARJKqON4CIIu\n",
    ),
    (
        RestartEntry(RUN_TIME, row_key(REQUEST.workspace_id), 0, 1000, ROOT, 950,
                     REQUEST.reason_sha256),
        b"indelible.restart/v1\n1795435260\n"
        b"405aed31c6ce79b4d52fcc825689d341ccd6d03acbe47d0454803dd23589caf8\n"
        b"0 1000\n" + BASE64 + b"\n950\n"
        + sha256(b"restored the table to 2026-11-23 11:00").hexdigest().encode() + b"\n",
    ),
    (
        ContinuesEntry(RUN_TIME, ORIGIN, 500_000, ROOT),
        b"indelible.continues/v1\n1795435260\naudit.example.com/log\n500000\n" + BASE64 + b"\n",
    ),
]  # fmt: skip

hashes = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**63 - 1)
keys = st.builds(VerifierKey, st.just("log.example"), st.just(NOTES), hashes)
entries = st.one_of(
    st.builds(RunEntry, numbers, hashes),
    st.builds(KeyEntry, numbers, keys),
    st.builds(RestartEntry, numbers, hashes, numbers, numbers, hashes, numbers, hashes),
    st.builds(ContinuesEntry, numbers, st.just("log.example"), numbers, hashes),
)


@pytest.mark.parametrize(("entry", "encoded"), WRITTEN)
def test_each_kind_has_these_bytes(entry: Entry, encoded: bytes) -> None:
    assert entry.encoded == encoded
    assert read_entry(encoded) == entry


@given(entries)
def test_any_entry_is_read_as_it_was_written(entry: Entry) -> None:
    assert read_entry(entry.encoded) == entry


@given(st.sampled_from([b"", *(encoded[:-46] for _, encoded in WRITTEN)]), st.binary())
def test_any_bytes_are_refused_or_read_as_they_are(beginning: bytes, rest: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert read_entry(beginning + rest).encoded == beginning + rest


@pytest.mark.parametrize("encoded", [encoded for _, encoded in WRITTEN])
def test_a_changed_byte_never_leaves_the_entry_the_same(encoded: bytes) -> None:
    for place in range(len(encoded)):
        for changed_byte in {encoded[place] ^ bit for bit in (1, 2, 4, 8, 16, 32, 64, 128)}:
            changed = encoded[:place] + bytes([changed_byte]) + encoded[place + 1 :]
            try:
                read = read_entry(changed)
            except Unreadable:
                continue
            assert read.encoded == changed


@pytest.mark.parametrize("encoded", [encoded for _, encoded in WRITTEN])
def test_an_entry_with_a_line_more_or_less_is_refused(encoded: bytes) -> None:
    lines = encoded.splitlines(keepends=True)
    others = [lines[:-1], [*lines, b"more\n"], [*lines, b"\n"], lines[:1], []]
    for each in others:
        with pytest.raises(Unreadable):
            read_entry(b"".join(each))
    with pytest.raises(Unreadable, match="newline"):
        read_entry(encoded[:-1])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"0 1000", b"0  1000"),
        (b"0 1000", b"0\t1000"),
        (b"0 1000", b"01000"),
        (b"0 1000", b"0 1000 "),
        (b"0 1000", b"00 1000"),
        (b"405aed31", b"405AED31"),
        (b"405aed31", b" 405aed3"),
        (b"\n950\n", b"\n+950\n"),
        (b"indelible.restart/v1", b"indelible.restart/v2"),
    ],
)
def test_another_spelling_of_a_restart_is_refused(before: bytes, after: bytes) -> None:
    encoded = WRITTEN[2][1]
    assert before in encoded
    with pytest.raises(Unreadable):
        read_entry(encoded.replace(before, after))


def test_an_entry_of_another_log_kind_is_refused() -> None:
    with pytest.raises(Unreadable, match="kind that this version does not know"):
        read_entry(b"example.run/v1\n1\n" + BASE64 + b"\n")


def test_a_name_that_no_log_has_is_refused() -> None:
    with pytest.raises(Unreadable, match="origin of a log"):
        read_entry(WRITTEN[3][1].replace(b"audit.", b"audit "))


def test_only_a_run_entry_may_be_the_last() -> None:
    assert read_run_entry(WRITTEN[0][1]) == WRITTEN[0][0]
    for _, encoded in WRITTEN[1:]:
        with pytest.raises(Unreadable, match="not that of a run"):
            read_run_entry(encoded)


def test_a_very_long_entry_is_refused() -> None:
    with pytest.raises(Unreadable, match="at most 4,096"):
        read_entry(b"indelible.key/v1\n1\n" + b"x" * 4_096 + b"\n")
