"""Proof files: what C2SP's tlog-proof allows is read, and nothing else."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.proof import MAX_PROOF_BYTES, TlogProof, read_proof
from support.notes import LOG, signed_by_log

NOTE = signed_by_log(Checkpoint(LOG.name, 42, bytes(32)).text)
H1, H2 = sha256(b"hash1").digest(), sha256(b"hash2").digest()
LINE1, LINE2 = b64encode(H1).decode(), b64encode(H2).decode()
FIRST = "c2sp.org/tlog-proof@v1\n"

PUBLISHED = [
    (TlogProof(5, (H1, H2), NOTE), f"{FIRST}index 5\n{LINE1}\n{LINE2}\n\n"),
    (
        TlogProof(10, (H1,), NOTE, b"extra information"),
        f"{FIRST}extra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{LINE1}\n\n",
    ),
    (TlogProof(0, (), NOTE), f"{FIRST}index 0\n\n"),
]


@pytest.mark.parametrize(("proof", "head"), PUBLISHED)
def test_the_proofs_of_formats_are_written_and_read_alike(proof: TlogProof, head: str) -> None:
    """transparency-dev/formats, proof/tlog_proof_test.go: TestMarshal, with our checkpoint."""
    data = head.encode() + NOTE.encoded
    assert proof.encoded == data
    assert read_proof(data) == proof


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.binary(),
)
def test_every_proof_is_read_as_it_was_written(
    index: int, path: tuple[bytes, ...], extra: bytes
) -> None:
    proof = TlogProof(index, path, NOTE, extra)
    assert read_proof(proof.encoded) == proof


def test_a_proof_with_any_other_byte_says_something_else_or_nothing() -> None:
    proof = TlogProof(10, (H1,), NOTE, b"extra information")
    data = proof.encoded
    for at, byte in enumerate(data):
        for other in {byte ^ 1 << bit for bit in range(8)} | {*b"\n\r\0 =+A\xff"} - {byte}:
            changed = data[:at] + bytes([other]) + data[at + 1 :]
            try:
                read = read_proof(changed)
            except Unreadable:
                continue
            assert read != proof
            assert read.encoded == changed


@pytest.mark.parametrize(
    "head",
    [
        "",
        "\n",
        "wrong-header\nindex 0\n\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n",
        f"{FIRST}extra !!notbase64!!\nindex 0\n\n",
        f"{FIRST}extra \nindex 0\n\n",
        f"{FIRST}extra\nindex 0\n\n",
        f"{FIRST}extra YQ==\nextra YQ==\nindex 0\n\n",
        f"{FIRST}extra YR==\nindex 0\n\n",
        f"{FIRST}extra  YQ==\nindex 0\n\n",
        f"{FIRST}extra YQ==\n\n",
        f"{FIRST}index 0\nextra YQ==\n\n",
        f"{FIRST}\n\n",
        f"{FIRST}\n",
        f"{FIRST}index 0\n",
        f"{FIRST}0\n\n",
        f"{FIRST}index notanumber\n\n",
        f"{FIRST}index -5\n\n",
        f"{FIRST}index 01\n\n",
        f"{FIRST}index \n\n",
        f"{FIRST}index 9223372036854775808\n\n",
        f"{FIRST}index 0\nindex 0\n\n",
        f"{FIRST}index 0\n!!notbase64!!\n\n",
        f"{FIRST}index 0\n{b64encode(bytes(64)).decode()}\n\n",
        f"{FIRST}index 0\n{LINE1} \n\n",
        f"{FIRST}index 0\n{LINE1[:-1]}\n\n",
        f"{FIRST}index 0\n{LINE1}{LINE2}\n\n",
        f"{FIRST}index 0\n" + f"{LINE1}\n" * 64 + "\n",
        f"{FIRST}index 0\n\n\n",
        f"{FIRST}index 0\n\n".replace("\n", "\r\n"),
    ],
)
def test_what_is_no_proof_is_refused(head: str) -> None:
    """Also those of formats' TestUnmarshalErrors."""
    with pytest.raises(Unreadable):
        read_proof(head.encode() + NOTE.encoded)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"checkpoint\n",
        NOTE.encoded[:-1],
        NOTE.encoded + b"\n",
        NOTE.text,
        signed_by_log(b"a note that is no checkpoint\n").encoded,
    ],
)
def test_a_proof_without_a_whole_checkpoint_is_refused(note: bytes) -> None:
    with pytest.raises(Unreadable):
        read_proof(f"{FIRST}index 0\n\n".encode() + note)


def test_a_path_has_at_most_63_hashes() -> None:
    longest = TlogProof(0, (H1,) * 63, NOTE)
    assert read_proof(longest.encoded) == longest
    with pytest.raises(Unreadable, match="has 64 hashes"):
        read_proof(TlogProof(0, (H1,) * 64, NOTE).encoded)


def test_a_proof_that_ends_after_its_path_says_so() -> None:
    with pytest.raises(Unreadable, match="no empty line after its path"):
        read_proof(f"{FIRST}index 0\n".encode())


def test_a_proof_that_is_too_long_is_refused() -> None:
    rest = len(TlogProof(0, (), NOTE, b"abc").encoded) - len("YWJj")
    most = (MAX_PROOF_BYTES - rest) // 4 * 3
    assert read_proof(TlogProof(0, (), NOTE, bytes(most)).encoded).extra == bytes(most)
    with pytest.raises(Unreadable, match="at most 1,048,576"):
        read_proof(TlogProof(0, (), NOTE, bytes(most + 3)).encoded)
