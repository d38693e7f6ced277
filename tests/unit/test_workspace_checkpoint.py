"""The workspace checkpoint: three lines that have only one spelling."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.checkpoints.workspace_checkpoint import (
    WorkspaceCheckpoint,
    read_workspace_checkpoint,
)
from indelible.errors import Unreadable
from indelible.tlog.merkle import EMPTY_ROOT

ROOT = sha256(b"root").digest()
TEXT = (
    b"audit.example.com/log/ws_4kT9mQ2vXbN7cRd1/2\n"
    b"500\n"
    b"SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"
)
CHECKPOINT = WorkspaceCheckpoint("audit.example.com/log", "ws_4kT9mQ2vXbN7cRd1", 2, 500, ROOT)

roots = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, 2**63 - 1)
workspace_ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)
checkpoints = st.builds(
    WorkspaceCheckpoint,
    st.sampled_from(["log", "audit.example.com/log", "audit.example.com/a/b/0"]),
    workspace_ids,
    numbers,
    numbers,
    roots,
)


def test_the_text_has_origin_workspace_and_epoch_then_size_then_root() -> None:
    assert CHECKPOINT.text == TEXT
    assert CHECKPOINT.sha256 == sha256(TEXT).digest()
    assert read_workspace_checkpoint(TEXT) == CHECKPOINT


def test_a_workspace_without_records_has_a_checkpoint() -> None:
    empty = WorkspaceCheckpoint("audit.example.com/log", "ws_1", 0, 0, EMPTY_ROOT)
    assert read_workspace_checkpoint(empty.text) == empty


@given(checkpoints)
def test_any_checkpoint_is_read_as_it_was_written(checkpoint: WorkspaceCheckpoint) -> None:
    assert read_workspace_checkpoint(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace(b"/2\n", b"/02\n"),
        TEXT.replace(b"/2\n", b"/-2\n"),
        TEXT.replace(b"/2\n", b"/\n"),
        TEXT.replace(b"/2\n", b"\n"),
        TEXT.replace(b"ws_4kT9mQ2vXbN7cRd1", b""),
        TEXT.replace(b"ws_4kT9mQ2vXbN7cRd1", b"ws 4"),
        TEXT.replace(b"audit.example.com/log/", b""),
        TEXT.replace(b"audit.example.com/log/", b"/"),
        TEXT.replace(b"audit.example.com", b"audit example com"),
        TEXT.replace(b"500", b"0500"),
        TEXT.replace(b"500", b"500 "),
        TEXT.replace(b"\n", b"\r\n"),
        TEXT[:-1],
        TEXT + b"extension\n",
        TEXT + b"\n",
        b"",
    ],
)
def test_another_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(Unreadable):
        read_workspace_checkpoint(text)


def test_a_changed_byte_never_leaves_the_checkpoint_the_same() -> None:
    for place in range(len(TEXT)):
        for change in range(1, 256):
            changed = TEXT[:place] + bytes([TEXT[place] ^ change]) + TEXT[place + 1 :]
            try:
                read = read_workspace_checkpoint(changed)
            except Unreadable:
                continue
            assert read != CHECKPOINT
            assert read.text == changed
