"""The chain's two hashes, against RFC 6962 and against hashlib alone."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import EMPTY, GENESIS, event_hash, leaf_hash


def test_the_leaf_hash_is_rfc_6962s() -> None:
    # RFC 6962, section 2.1; the constants are those of Certificate Transparency's own tests:
    # https://github.com/google/certificate-transparency, merkletree_test.
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    l123456 = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert leaf_hash(b"").hex() == empty
    assert leaf_hash(b"L123456").hex() == l123456


@given(st.binary(min_size=32, max_size=32), st.binary())
def test_the_event_hash_is_sha_256_of_the_documented_bytes(previous: bytes, record: bytes) -> None:
    leaf = sha256(bytes([0]) + record).digest()
    assert leaf_hash(record) == leaf
    assert event_hash(previous, leaf) == sha256(bytes([2]) + previous + leaf).digest()


def test_an_event_hash_differs_from_a_leaf_hash_of_the_same_bytes() -> None:
    one, other = bytes(32), bytes(range(32))
    assert event_hash(one, other) != leaf_hash(one + other)
    assert event_hash(one, other) != event_hash(other, one)


def test_an_empty_chain_ends_in_32_zero_bytes_before_all_time() -> None:
    assert (EMPTY.sequence, EMPTY.event_hash, EMPTY.created_at) == (0, bytes(32), 0)
    assert bytes(32) == GENESIS
