"""Signed notes: published ones are valid, and no other bytes pass for them."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.keys import VerifierKey, is_key_name
from indelible.tlog.note import (
    MAX_NOTE_BYTES,
    Note,
    NoteSignature,
    find_signature,
    is_signed_by,
    read_note,
)
from support.notes import FIRST, LOG, SECOND, Signer, signed_by_log
from support.published_notes import (
    C2SP_KEY,
    C2SP_NOTE,
    CT_LOG_KEY,
    CT_NOTE,
    ENOCH_KEY,
    ENOCH_LINE,
    GO_TEXT,
    PETER_KEY,
    PETER_LINE,
    TESSERA_KEY,
)
from support.vectors import published

PETER, ENOCH = VerifierKey.read(PETER_KEY), VerifierKey.read(ENOCH_KEY)
GO_NOTE = f"{GO_TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()
TEXT = b"audit.example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

LINES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))
TEXTS = st.lists(LINES, min_size=1).map(
    lambda lines: "".join(f"{each}\n" for each in lines).encode()
)
SIGNATURES = st.builds(
    NoteSignature,
    st.text(min_size=1).filter(is_key_name),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1),
)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (C2SP_NOTE, C2SP_KEY),
        (GO_NOTE, PETER_KEY),
        (GO_NOTE, ENOCH_KEY),
        (CT_NOTE, CT_LOG_KEY),
    ],
)
def test_published_notes_are_signed_by_their_keys(data: bytes, key: str) -> None:
    note = read_note(data)
    assert note.encoded == data
    assert is_signed_by(note, VerifierKey.read(key))


def test_every_checkpoint_of_tesseras_log_is_signed_by_its_key() -> None:
    key = VerifierKey.read(TESSERA_KEY)
    files = sorted(published("tessera-log").glob("checkpoint*"))
    assert len(files) == 17
    for file in files:
        assert is_signed_by(read_note(file.read_bytes()), key)


@given(TEXTS, st.lists(SIGNATURES, min_size=1, max_size=20).map(tuple))
def test_every_note_is_read_as_it_was_written(
    text: bytes, signatures: tuple[NoteSignature, ...]
) -> None:
    note = Note(text, signatures)
    assert read_note(note.encoded) == note


@given(st.binary())
def test_bytes_that_are_read_are_those_that_would_be_written(data: bytes) -> None:
    for each in (data, data + b"\n", TEXT + b"\n" + data, TEXT + b"\n" + data + b"\n"):
        with suppress(Unreadable):
            assert read_note(each).encoded == each


def outcome(data: bytes, key: VerifierKey) -> str:
    """What a reader who trusts this key makes of these bytes."""
    try:
        return "signed" if is_signed_by(read_note(data), key) else "unsigned"
    except (Unreadable, WrongProof):
        return "refused"


def test_a_note_with_any_other_byte_is_refused_or_unsigned() -> None:
    note = signed_by_log(TEXT).encoded
    assert outcome(note, LOG.key) == "signed"
    found = set()
    for at, byte in enumerate(note):
        others = {byte ^ 1 << bit for bit in range(8)} | {*b"\n\r\0 =+A\xff"}
        changed = [note[:at] + bytes([each]) + note[at + 1 :] for each in others]
        changed += [note[:at] + note[at + 1 :], note[:at], note[: at + 1] + note[at:]]
        found |= {outcome(each, LOG.key) for each in changed if each != note}
    assert found == {"refused", "unsigned"}


PETER_NOTE = f"{GO_TEXT}\n{PETER_LINE}"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "\n",
        GO_TEXT,
        GO_TEXT + "\n",
        GO_TEXT + "\n\n",
        GO_TEXT + PETER_LINE,
        PETER_LINE,
        "\n" + PETER_LINE,
        PETER_NOTE[:-1],
        PETER_NOTE + "\n",
        "\x01" + PETER_NOTE,
        PETER_NOTE + "Unexpected line.\n",
        PETER_NOTE + " " + ENOCH_LINE,
        PETER_NOTE.replace("PeterNeumann", "Bad Name"),
        PETER_NOTE.replace("PeterNeumann", "Bad+Name"),
        PETER_NOTE.replace("PeterNeumann", "Bad\u3000Name"),
        PETER_NOTE.replace("PeterNeumann", "Bad\u0085Name"),
        PETER_NOTE.replace("PeterNeumann", ""),
        PETER_NOTE.replace("PeterNeumann ", ""),
        PETER_NOTE.replace("—", "-"),
        PETER_NOTE.replace("— ", "—"),
        PETER_NOTE.replace("=\n", "= \n"),
        PETER_NOTE.replace("\n", "\r\n"),
        PETER_NOTE.replace("\n\n", "\n\r\n"),
        PETER_NOTE.replace(" is the", "\tis the"),
    ],
)
def test_what_is_no_note_is_refused(data: str) -> None:
    """Also the malformed notes of golang/mod's TestOpen."""
    read_note(PETER_NOTE.encode())
    with pytest.raises(Unreadable):
        read_note(data.encode())


def test_a_note_that_is_not_utf_8_is_refused() -> None:
    for data in (b"\xff" + GO_NOTE, GO_NOTE.replace(b"Enoch", b"\xed\xa0\x80")):
        with pytest.raises(Unreadable, match="not UTF-8"):
            read_note(data)


@pytest.mark.parametrize(
    "encoded",
    [
        "",  # nothing
        "x08gow==",  # a key ID without a signature
        "x08go/Y",  # without padding
        "x08go/Y==",  # too much padding
        "x08go/YR=",  # padding where none belongs
        "x08go_Z_",  # base64url
        "x08go/ZA x08go/ZA",  # two
        "x08g/ZJ=",  # bits that are cut off
        "x08go/ZJ====",
    ],
)
def test_a_signature_that_is_not_base64_in_its_one_spelling_is_refused(encoded: str) -> None:
    read_note(f"{GO_TEXT}\n— PeterNeumann x08go/ZA\n".encode())
    with pytest.raises(Unreadable):
        read_note(f"{GO_TEXT}\n— PeterNeumann {encoded}\n".encode())


def test_a_text_may_have_empty_lines_and_the_last_one_ends_it() -> None:
    text = b"Ognuno sta solo sul cuor della terra\n\ned \xc3\xa8 subito sera.\n\n"
    note = read_note(signed_by_log(text).encoded)
    assert note.text == text
    assert is_signed_by(note, LOG.key)


def test_signatures_of_unknown_keys_are_ignored_whatever_they_are() -> None:
    """Even those that share the name or the ID of a known key, and those that are there twice."""
    strange = [
        NoteSignature(LOG.name, b"\x00\x01\x02\x03", b"?"),
        NoteSignature("other.example/log", LOG.key.key_id, bytes(64)),
        NoteSignature("other.example/log", LOG.key.key_id, bytes(64)),
        Signer(LOG.name, seed="another key").sign(TEXT),
        NoteSignature("post-quantum.example", b"abcd", bytes(5_000)),
    ]
    note = read_note(signed_by_log(TEXT, *strange).encoded)
    assert len(note.signatures) == 6
    assert is_signed_by(note, LOG.key)
    assert not is_signed_by(note, FIRST.key)
    assert find_signature(note, FIRST.key) is None


def test_a_wrong_signature_of_a_known_key_refuses_the_note() -> None:
    wrong = NoteSignature(LOG.name, LOG.key.key_id, SECOND.sign(TEXT).signature)
    note = read_note(Note(TEXT, (FIRST.sign(TEXT), wrong)).encoded)
    assert is_signed_by(note, FIRST.key)
    with pytest.raises(WrongProof, match=re.escape(LOG.name)):
        is_signed_by(note, LOG.key)


@pytest.mark.parametrize("size", [1, 63, 65, 5_000])
def test_a_signature_of_another_length_is_wrong(size: int) -> None:
    note = Note(TEXT, (NoteSignature(LOG.name, LOG.key.key_id, bytes(size)),))
    with pytest.raises(WrongProof):
        is_signed_by(read_note(note.encoded), LOG.key)


@pytest.mark.parametrize("second", [LOG.sign(TEXT), LOG.sign(b"other\n")])
def test_two_signatures_of_a_known_key_refuse_the_note(second: NoteSignature) -> None:
    note = read_note(signed_by_log(TEXT, second).encoded)
    with pytest.raises(Unreadable, match="2 signatures"):
        is_signed_by(note, LOG.key)


def test_sixteen_large_signatures_are_accepted_and_a_larger_note_is_not() -> None:
    others = [NoteSignature(f"pq{n}.example", b"abcd", bytes(4_991)) for n in range(15)]
    note = read_note(signed_by_log(TEXT, *others).encoded)
    assert len(note.signatures) == 16
    assert is_signed_by(note, LOG.key)
    most = signed_by_log(b"x" * (MAX_NOTE_BYTES - len(signed_by_log(b"\n").encoded)) + b"\n")
    assert len(most.encoded) == MAX_NOTE_BYTES
    assert read_note(most.encoded) == most
    with pytest.raises(Unreadable, match="at most 262,144"):
        read_note(b"x" + most.encoded)


def test_a_new_signature_replaces_the_one_of_its_key_only() -> None:
    old, new = FIRST.cosign(TEXT, 100), FIRST.cosign(TEXT, 160)
    note = signed_by_log(TEXT, old, SECOND.cosign(TEXT, 100))
    assert note.with_signatures(new).signatures == (*note.signatures[::2], new)
    assert note.with_signatures() == note
    as_a_log = FIRST.sign(TEXT)  # the same name, another key
    assert note.with_signatures(as_a_log).signatures == (*note.signatures, as_a_log)
