"""Cosignatures: a witness's time counts only if it signed it together with the checkpoint."""

from __future__ import annotations

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.cosignature import Cosignature, cosigned_at, cosigned_message, read_cosignature
from indelible.tlog.keys import VerifierKey
from indelible.tlog.note import Note, NoteSignature, read_note
from support.notes import FIRST, LOG, SECOND, signed_by_log
from support.published_notes import CT_LOG_KEY, CT_NOTE, CT_TIME, REMORA_KEY

TEXT = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
REMORA = VerifierKey.read(REMORA_KEY)


def test_the_message_is_the_one_of_c2sps_example() -> None:
    assert cosigned_message(1679315147, TEXT) == b"cosignature/v1\ntime 1679315147\n" + TEXT


def test_the_time_of_a_published_cosignature_is_read() -> None:
    """transparency-dev/formats, note/note_cosigv1_test.go."""
    line = "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="  # noqa: E501
    signed = b64decode(line)[4:]
    assert read_cosignature(signed).time == 1727964367
    assert read_cosignature(signed).encoded == signed


def test_a_plain_signature_is_no_cosignature() -> None:
    """transparency-dev/formats, note/note_cosigv1_test.go."""
    line = "eQjRQm6eSKzFoiYalgwCPXu2y3ijtg68is9M46JKxuZB+dRfTmeQeDBoXnvxZx2ugnkyV+MUMLXpWs1hPb/W/4xkNQY="  # noqa: E501
    with pytest.raises(Unreadable, match="64 bytes"):
        read_cosignature(b64decode(line)[4:])


@given(st.integers(0, 2**63 - 1), st.binary(min_size=64, max_size=64))
def test_every_cosignature_is_read_as_it_was_written(time: int, signature: bytes) -> None:
    made = Cosignature(time, signature)
    assert read_cosignature(made.encoded) == made


@pytest.mark.parametrize("data", [b"", bytes(71), bytes(73), b"\x80" + bytes(71), bytes(8 + 2_420)])
def test_what_is_no_cosignature_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read_cosignature(data)


def test_a_public_witness_cosigned_the_checkpoint_of_a_public_log() -> None:
    assert cosigned_at(read_note(CT_NOTE), REMORA) == CT_TIME


@pytest.mark.parametrize("place", [0, 30, 40, 60])
def test_a_witness_did_not_cosign_another_checkpoint(place: int) -> None:
    text = read_note(CT_NOTE).text
    other = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
    with pytest.raises(WrongProof, match="remora"):
        cosigned_at(Note(other, read_note(CT_NOTE).signatures), REMORA)


def test_a_witness_who_did_not_sign_has_no_time() -> None:
    note = signed_by_log(TEXT, FIRST.cosign(TEXT, 100))
    assert cosigned_at(note, FIRST.witness_key) == 100
    assert cosigned_at(note, SECOND.witness_key) is None


def test_a_time_that_was_changed_afterwards_is_refused() -> None:
    made = FIRST.cosign(TEXT, 100)
    later = NoteSignature(made.name, made.key_id, (101).to_bytes(8) + made.signature[8:])
    with pytest.raises(WrongProof):
        cosigned_at(signed_by_log(TEXT, later), FIRST.witness_key)


def test_the_signature_of_a_log_is_not_one_of_a_witness_with_its_name_and_key() -> None:
    note = signed_by_log(TEXT)
    assert cosigned_at(note, LOG.witness_key) is None
    with pytest.raises(Unreadable, match="64 bytes"):
        cosigned_at(note, LOG.key)
    with pytest.raises(Unreadable):
        cosigned_at(read_note(CT_NOTE), VerifierKey.read(CT_LOG_KEY))


def test_a_witness_who_cosigned_twice_refuses_the_note() -> None:
    note = signed_by_log(TEXT, FIRST.cosign(TEXT, 100), FIRST.cosign(TEXT, 160))
    with pytest.raises(Unreadable, match="2 signatures"):
        cosigned_at(note, FIRST.witness_key)
