"""The client of tlog-witness: what it sends, and what it makes of each answer."""

from __future__ import annotations

from base64 import b64decode

import pytest
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.keys import NOTES, VerifierKey
from indelible.tlog.note import NoteSignature, is_signed_by, read_note
from indelible.tlog.witness import (
    MAX_ANSWER_BYTES,
    Answer,
    Cosigned,
    OtherSize,
    Refusal,
    add_checkpoint_body,
    read_answer,
)
from support.notes import FIRST, LOG, SECOND, signed_by_log

TEXT = Checkpoint(LOG.name, 42, bytes(32)).text
NOTE = signed_by_log(TEXT)
SIZE = "text/x.tlog.size"

SIGSUM = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"
DIALOGUE = f"""\
old 1
KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

{SIGSUM}
3
RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=

— {SIGSUM} UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=
""".encode()  # noqa: E501
"""litewitness answers this with 200 (torchwood, cmd/litewitness/testdata/litewitness.txt)."""


def answer(status: int, body: bytes = b"", content_type: str = "text/plain") -> Answer:
    """What FIRST's answer to NOTE is read as."""
    return read_answer(status, content_type, body, NOTE, FIRST.witness_key)


def test_a_request_is_written_as_a_public_witness_takes_it() -> None:
    head, _, note = DIALOGUE.partition(b"\n\n")
    path = [b64decode(each) for each in head.split(b"\n")[1:]]
    assert add_checkpoint_body(1, path, read_note(note)) == DIALOGUE
    assert is_signed_by(read_note(note), VerifierKey(SIGSUM, NOTES, bytes.fromhex(SIGSUM_KEY)))


def test_the_first_request_has_no_path() -> None:
    assert add_checkpoint_body(0, [], NOTE) == b"old 0\n\n" + NOTE.encoded


def test_a_cosignature_is_taken_with_its_time() -> None:
    made = FIRST.cosign(TEXT, 1_700_000_000)
    assert answer(200, made.line) == Cosigned(made, 1_700_000_000)


def test_cosignatures_of_other_keys_are_left_out() -> None:
    made = FIRST.cosign(TEXT, 100)
    same_name = NoteSignature(FIRST.name, b"abcd", bytes(2_428))
    lines = [same_name.line, SECOND.cosign(TEXT, 100).line, made.line]
    assert answer(200, b"".join(lines)) == Cosigned(made, 100)


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    other = Checkpoint(LOG.name, 43, bytes(32)).text
    with pytest.raises(WrongProof):
        answer(200, FIRST.cosign(other, 100).line)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"<html>\n",
        SECOND.cosign(TEXT, 100).line,
        FIRST.sign(TEXT).line,
        FIRST.cosign(TEXT, 100).line[:-1],
        FIRST.cosign(TEXT, 100).line + b"\n",
        b"\n" + FIRST.cosign(TEXT, 100).line,
        TEXT + b"\n" + FIRST.cosign(TEXT, 100).line,
        FIRST.cosign(TEXT, 100).line * 2,
        FIRST.cosign(TEXT, 0).line,
    ],
)
def test_a_200_without_one_cosignature_of_the_key_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        answer(200, body)


def test_an_answer_has_at_most_64_kib() -> None:
    made = FIRST.cosign(TEXT, 100)
    rest = MAX_ANSWER_BYTES - len(made.line) - len(NoteSignature("", b"abcd", b"12").line)
    longest = made.line + NoteSignature("x" * rest, b"abcd", b"12").line
    assert len(longest) == 65_536
    assert answer(200, longest) == Cosigned(made, 100)
    with pytest.raises(Unreadable, match="at most 65,536"):
        answer(200, made.line + NoteSignature("x" * (rest + 1), b"abcd", b"12").line)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        (SIZE, b"0\n", OtherSize(0)),
        (SIZE, b"50\n", OtherSize(50)),
        (SIZE, b"9223372036854775807\n", OtherSize(2**63 - 1)),
        ("Text/X.Tlog.Size; charset=utf-8", b"51\n", OtherSize(51)),
        ("text/plain", b"10", Refusal.OTHER_ROOT),
        ("", b"", Refusal.OTHER_ROOT),
        ("text/x.tlog.sizes", b"10\n", Refusal.OTHER_ROOT),
    ],
)
def test_a_conflict_has_the_witnesss_size_or_another_root(
    content_type: str, body: bytes, expected: Answer
) -> None:
    """Most are those of sigsum-go's TestProcessConflictResponse."""
    assert answer(409, body, content_type) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"50",
        b"050\n",
        b"-1\n",
        b"50\r\n",
        b"50\n\n",
        b"50\n60\n",
        b"9223372036854775808\n",
    ],
)
def test_a_conflict_whose_size_is_no_number_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        answer(409, body, SIZE)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, Refusal.BAD_REQUEST),
        (403, Refusal.BAD_SIGNATURE),
        (404, Refusal.UNKNOWN_LOG),
        (422, Refusal.WRONG_PROOF),
        (0, Refusal.UNAVAILABLE),
        (201, Refusal.UNAVAILABLE),
        (302, Refusal.UNAVAILABLE),
        (429, Refusal.UNAVAILABLE),
        (500, Refusal.UNAVAILABLE),
        (503, Refusal.UNAVAILABLE),
    ],
)
def test_every_other_status_is_a_refusal_whatever_its_body(status: int, refusal: Refusal) -> None:
    assert answer(status, FIRST.cosign(TEXT, 100).line) is refusal
    assert answer(status, b"\xff" * 100_000, SIZE) is refusal
