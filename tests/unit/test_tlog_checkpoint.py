"""Checkpoints: the text of a log's size and root, in its one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.tlog.checkpoint import Checkpoint, read_checkpoint
from indelible.tlog.merkle import EMPTY_ROOT
from indelible.tlog.note import read_note
from support.published_notes import CT_NOTE
from support.vectors import published

EMPTY = b"audit.example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
ORIGINS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1)


def test_the_example_of_c2sp_is_read_and_written_alike() -> None:
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = read_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.root.hex().startswith("0ac5186a91863e8e1d90c808014aa89b")
    assert checkpoint.text == text


def test_a_checkpoint_of_a_public_log_is_read() -> None:
    assert read_checkpoint(read_note(CT_NOTE).text).size == 1_432_088_532


def test_tesseras_checkpoints_have_their_sizes() -> None:
    folder = published("tessera-log")
    for size in range(16):
        note = read_note((folder / f"checkpoint.{size}").read_bytes())
        checkpoint = read_checkpoint(note.text)
        assert (checkpoint.origin, checkpoint.size) == ("example.com/log/testdata", size)
        assert checkpoint.text == note.text
        assert (checkpoint.root == EMPTY_ROOT) == (size == 0)


@given(ORIGINS, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root)
    assert read_checkpoint(checkpoint.text) == checkpoint


def test_the_largest_size_is_read() -> None:
    checkpoint = Checkpoint("audit.example.com/log", 2**63 - 1, bytes(32))
    assert read_checkpoint(checkpoint.text) == checkpoint


def test_a_checkpoint_with_any_other_byte_says_something_else_or_nothing() -> None:
    checkpoint = read_checkpoint(EMPTY)
    for at, byte in enumerate(EMPTY):
        for flip in range(1, 256):
            changed = EMPTY[:at] + bytes([byte ^ flip]) + EMPTY[at + 1 :]
            try:
                read = read_checkpoint(changed)
            except Unreadable:
                continue
            assert read != checkpoint
            assert read.text == changed


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"Head\n9944\n",
        EMPTY[:-1],
        EMPTY + b"\n",
        EMPTY + b"more\n",
        b"\n" + EMPTY,
        EMPTY.replace(b"audit.example.com/log", b""),
        EMPTY.replace(b"\n", b"\r\n"),
        EMPTY.replace(b"\n0\n", b"\n\n"),
        EMPTY.replace(b"\n0\n", b"\n\n0\n"),
        EMPTY.replace(b"\n0\n", b"\n00\n"),
        EMPTY.replace(b"\n0\n", b"\n01\n"),
        EMPTY.replace(b"\n0\n", b"\n-0\n"),
        EMPTY.replace(b"\n0\n", b"\n-34\n"),
        EMPTY.replace(b"\n0\n", b"\n+1\n"),
        EMPTY.replace(b"\n0\n", b"\n 1\n"),
        EMPTY.replace(b"\n0\n", b"\n1 \n"),
        EMPTY.replace(b"\n0\n", b"\n1_000\n"),
        EMPTY.replace(b"\n0\n", b"\n1.0\n"),
        EMPTY.replace(b"\n0\n", b"\n0x1\n"),
        EMPTY.replace(b"\n0\n", "\n\u0661\n".encode()),
        EMPTY.replace(b"\n0\n", b"\nbananas\n"),
        EMPTY.replace(b"\n0\n", b"\n9223372036854775808\n"),
        EMPTY.replace(b"\n0\n", b"\n3438945738945739845734895735\n"),
        EMPTY.replace(b"\n0\n", b"\n" + b"1" * 5_000 + b"\n"),
        EMPTY.replace(b"SuFU=", b"SuFU"),
        EMPTY.replace(b"SuFU=", b"SuFV="),
        EMPTY.replace(b"SuFU=", b"SuFU= "),
        b"Log\n123\nYmFuYW5hcw==\n",
        b"Banana\n9944\ndGhlIHZpZXcgZnJvbSB0aGUgdHJlZSB0b3BzIGlzIGdyZWF0IQ==\n",
        b"Log\n123\nThisIsn'tBase64\n",
        b"Log\xff" + EMPTY,
        b"Log\x00" + EMPTY,
        b"x" * 300_000 + EMPTY,
    ],
)
def test_what_is_no_checkpoint_is_refused(text: bytes) -> None:
    """Also those of transparency-dev/formats, whose roots need not have 32 bytes."""
    with pytest.raises(Unreadable):
        read_checkpoint(text)
