"""Proof files: small, standard outside, and with one spelling for what they say."""

from __future__ import annotations

import base64
import contextlib
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.checkpoints.proof_file import EventProof, ProofFile, read_proof_file
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.checkpoints.workspace_map import MAP_BITS
from indelible.errors import Unreadable
from indelible.tlog.proof import read_proof
from support.proofs import a_proof_file, an_event_proof

CHECKPOINT_FILE = a_proof_file()
EVENT_FILE = a_proof_file(an_event_proof(4))

hashes = st.binary(min_size=32, max_size=32)
paths = st.lists(hashes, max_size=63).map(tuple)
numbers = st.integers(0, 2**63 - 1)
files = st.builds(
    ProofFile,
    log_index=numbers,
    log_path=paths,
    note=st.just(CHECKPOINT_FILE.note),
    checkpoint=st.builds(
        WorkspaceCheckpoint, st.just("log"), st.just("ws_1"), numbers, numbers, hashes
    ),
    time=numbers,
    leaf=st.binary(max_size=300),
    map_path=st.lists(hashes, min_size=MAP_BITS, max_size=MAP_BITS).map(tuple),
    event=st.none() | st.builds(EventProof, numbers, paths, st.binary()),
)


def extra_of(file: ProofFile) -> bytes:
    """The text inside the file."""
    return read_proof(file.encoded).extra


def with_extra(extra: bytes, file: ProofFile = EVENT_FILE) -> bytes:
    """The file with another text inside."""
    return replace(read_proof(file.encoded), extra=extra).encoded


@given(files)
def test_any_file_is_read_as_it_was_written(file: ProofFile) -> None:
    assert read_proof_file(file.encoded) == file


@given(st.binary())
def test_any_bytes_inside_are_refused_or_read_as_they_are(extra: bytes) -> None:
    head = b"indelible.proof/v1\n" + CHECKPOINT_FILE.checkpoint.text
    for inside in (extra, head + extra, extra_of(CHECKPOINT_FILE) + extra):
        with contextlib.suppress(Unreadable):
            assert read_proof_file(with_extra(inside)).encoded == with_extra(inside)


def test_the_outer_form_is_a_proof_of_the_last_entry_of_the_log() -> None:
    proof = read_proof(EVENT_FILE.encoded)
    assert proof.index == 6
    assert proof.path == EVENT_FILE.log_path
    assert proof.note == EVENT_FILE.note
    assert EVENT_FILE.encoded.startswith(b"c2sp.org/tlog-proof@v1\nextra ")


def test_the_text_inside_names_each_part() -> None:
    lines = extra_of(EVENT_FILE).decode().split("\n")
    assert lines[0] == "indelible.proof/v1"
    assert "\n".join([*lines[1:4], ""]).encode() == EVENT_FILE.checkpoint.text
    assert lines[4] == "time 1795435260"
    assert lines[5] == "rows " + base64.b64encode(EVENT_FILE.leaf).decode()
    assert lines[6:18] == [f"map {base64.b64encode(x).decode()}" for x in EVENT_FILE.map_path]
    assert lines[18] == "event 4"
    assert EVENT_FILE.event
    paths = [f"path {base64.b64encode(x).decode()}" for x in EVENT_FILE.event.path]
    assert lines[19:23] == paths
    assert lines[23:] == ["", EVENT_FILE.event.record.decode()]


def test_a_checkpoint_file_ends_before_the_event() -> None:
    assert extra_of(EVENT_FILE).startswith(extra_of(CHECKPOINT_FILE))
    assert extra_of(CHECKPOINT_FILE).count(b"\n") == 18
    assert read_proof_file(CHECKPOINT_FILE.encoded).event is None


def test_the_record_may_have_empty_lines() -> None:
    record = b'{"a":1}\n\nevent 5\n\n'
    file = replace(EVENT_FILE, event=EventProof(4, (), record))
    assert read_proof_file(file.encoded) == file


def test_a_file_is_small_also_in_a_long_log_and_a_long_chain() -> None:
    many = tuple(sha256(b"%d" % n).digest() for n in range(20))
    checkpoint_file = replace(CHECKPOINT_FILE, log_path=many[:19])
    assert len(checkpoint_file.encoded) < 3_000
    event = EventProof(999_999, many, b"x" * 1_000)
    file = replace(checkpoint_file, event=event)
    assert len(file.encoded) < 6_000


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"indelible.proof/v1", b"indelible.proof/v2"),
        (b"indelible.proof/v1\n", b""),
        (b"\ntime ", b"\ntimes "),
        (b"\ntime ", b"\ntime  "),
        (b"\ntime ", b"\ntime +"),
        (b"\nrows ", b"\nrows\t"),
        (b"\nmap ", b"\nmap"),
        (b"\nevent 4\n", b"\n"),
        (b"\nevent 4\n", b"\nevent 04\n"),
        (b"\nevent 4\n", b"\nevent 4\nevent 4\n"),
        (b"\npath ", b"\nmap "),
        (b"\n\n{", b"\n{"),
        (b"\n", b"\r\n"),
        (b"/0\n", b"/00\n"),
    ],
)
def test_another_spelling_is_refused(before: bytes, after: bytes) -> None:
    extra = extra_of(EVENT_FILE)
    assert before in extra
    with pytest.raises(Unreadable):
        read_proof_file(with_extra(extra.replace(before, after)))


def test_a_line_too_few_or_too_many_is_refused() -> None:
    lines = extra_of(CHECKPOINT_FILE).splitlines(keepends=True)
    for place in range(len(lines)):
        for changed in (
            lines[:place] + lines[place + 1 :],
            [*lines[:place], *lines[place:][:1], *lines[place:]],
        ):
            with pytest.raises(Unreadable):
                read_proof_file(with_extra(b"".join(changed), CHECKPOINT_FILE))


def test_an_event_without_a_record_is_refused() -> None:
    head = extra_of(EVENT_FILE).partition(b"\n\n")[0]
    for extra in (head, head + b"\n", extra_of(CHECKPOINT_FILE) + b"\n", b"\n\n", b"\n"):
        with pytest.raises(Unreadable):
            read_proof_file(with_extra(extra))


def test_a_tlog_proof_of_something_else_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_proof_file(with_extra(b""))


@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
def test_a_changed_byte_is_refused_or_says_something_else(file: ProofFile) -> None:
    """Outside and inside: each readable change is another file, with other parts."""
    for whole, inside in ((file.encoded, False), (extra_of(file), True)):
        for place in range(len(whole)):
            changed = whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
            data = with_extra(changed, file) if inside else changed
            try:
                read = read_proof_file(data)
            except Unreadable:
                continue
            assert read != file
            assert read.encoded == data


@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
def test_a_byte_more_or_less_is_refused_or_says_something_else(file: ProofFile) -> None:
    whole = file.encoded
    for place in range(len(whole)):
        for data in (whole[:place] + whole[place + 1 :], whole[: place + 1] + whole[place:]):
            try:
                read = read_proof_file(data)
            except Unreadable:
                continue
            assert read != file
            assert read.encoded == data
