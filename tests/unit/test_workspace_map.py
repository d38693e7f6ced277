"""The map: one value of each workspace in a run, or none, and both can be proved."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.workspace_map import (
    MAP_BITS,
    MAP_LEAVES,
    KeptMap,
    Row,
    check_absence,
    check_row,
    leaf_bytes,
    leaf_of,
    map_leaf_hashes,
    map_path,
    map_root,
    row_key,
)
from indelible.errors import InternalError, WrongProof
from indelible.tlog.merkle import inclusion_path, root_of
from support.builders import WORKSPACE
from support.proofs import other_rows

OWN = Row(row_key(WORKSPACE), sha256(b"own").digest())
ROWS = sorted([*other_rows(), OWN])
ROOT = map_root(ROWS)


def slow_root(rows: dict[bytes, bytes]) -> bytes:
    """The root, from the description alone."""
    level = [
        sha256(
            b"\x00"
            + b"".join(k + v for k, v in sorted(rows.items()) if int.from_bytes(k) >> 244 == index)
        ).digest()
        for index in range(4096)
    ]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return level[0]


def forged(leaf: bytes, key: bytes = OWN.key) -> tuple[bytes, list[bytes], bytes]:
    """A leaf as a dishonest operator may log it: with a path and a root that fit it."""
    hashes = map_leaf_hashes(ROWS)
    hashes[leaf_of(key)] = leaf_hash(leaf)
    return leaf, inclusion_path(hashes, leaf_of(key)), root_of(hashes)


def test_a_key_is_the_hash_of_the_workspace_id_with_its_kind() -> None:
    digits = "405aed31c6ce79b4d52fcc825689d341ccd6d03acbe47d0454803dd23589caf8"
    assert row_key("ws_4kT9mQ2vXbN7cRd1").hex() == digits


@pytest.mark.parametrize("count", [0, 1, 31])
def test_the_root_is_that_of_the_description(count: int) -> None:
    assert map_root(ROWS[:count]) == slow_root(dict(ROWS[:count]))


def test_the_leaf_of_a_key_is_its_first_twelve_bits() -> None:
    assert leaf_of(bytes.fromhex("abcdef" + "00" * 29)) == 0xABC
    assert MAP_LEAVES == 4096
    assert MAP_BITS == 12


def test_a_row_is_proved_with_its_whole_leaf() -> None:
    leaf, path = map_path(ROWS, OWN.key)
    assert len(leaf) == 3 * 64
    assert len(path) == MAP_BITS
    check_row(OWN, leaf, path, ROOT)


def test_each_row_of_a_map_is_proved() -> None:
    for row in ROWS:
        check_row(row, *map_path(ROWS, row.key), ROOT)


@pytest.mark.parametrize("count", [0, 1, 31])
def test_a_kept_map_has_the_same_root_and_the_same_paths(count: int) -> None:
    rows = ROWS[:count]
    kept = KeptMap.of(rows)
    assert kept.root == map_root(rows)
    for row in ROWS:
        assert kept.path(row.key) == map_path(rows, row.key)


def test_another_checkpoint_of_the_workspace_is_refused() -> None:
    with pytest.raises(WrongProof, match="another checkpoint"):
        check_row(Row(OWN.key, sha256(b"other").digest()), *map_path(ROWS, OWN.key), ROOT)


def test_a_row_is_not_proved_in_a_map_without_it() -> None:
    others = [row for row in ROWS if row != OWN]
    with pytest.raises(WrongProof, match="or none"):
        check_row(OWN, *map_path(others, OWN.key), map_root(others))


def test_a_row_is_not_proved_in_another_map() -> None:
    leaf, path = map_path(ROWS, OWN.key)
    with pytest.raises(WrongProof, match="not in the map with this root"):
        check_row(OWN, leaf, path, map_root(ROWS[:5]))


def test_absence_is_proved_in_a_leaf_with_others_and_in_an_empty_one() -> None:
    others = [row for row in ROWS if row != OWN]
    check_absence(OWN.key, *map_path(others, OWN.key), map_root(others))
    check_absence(OWN.key, *map_path([], OWN.key), map_root([]))


def test_absence_is_not_proved_of_a_workspace_that_is_there() -> None:
    with pytest.raises(WrongProof, match="has a checkpoint of this workspace"):
        check_absence(OWN.key, *map_path(ROWS, OWN.key), ROOT)


def test_absence_is_not_proved_by_the_leaf_of_another_key() -> None:
    leaf, path = map_path(ROWS, next(r.key for r in ROWS if leaf_of(r.key) != leaf_of(OWN.key)))
    with pytest.raises(WrongProof, match="belongs to another leaf"):
        check_absence(OWN.key, leaf, path, ROOT)
    with pytest.raises(WrongProof, match="leads to another root"):
        check_absence(OWN.key, b"", path, ROOT)


def test_two_values_of_one_workspace_are_refused_even_if_the_operator_logged_both() -> None:
    twice = sorted([*ROWS, Row(OWN.key, sha256(b"for somebody else").digest())])
    leaf, path, root = forged(leaf_bytes(twice, leaf_of(OWN.key)))
    with pytest.raises(WrongProof, match="order of their keys"):
        check_row(OWN, leaf, path, root)
    doubled = forged(2 * (OWN.key + OWN.text_sha256))
    with pytest.raises(WrongProof, match="order of their keys"):
        check_row(OWN, *doubled)


def test_rows_out_of_order_are_refused_even_if_the_operator_logged_them() -> None:
    leaf = leaf_bytes(ROWS, leaf_of(OWN.key))
    with pytest.raises(WrongProof, match="order of their keys"):
        check_row(OWN, *forged(leaf[128:] + leaf[:128]))


def test_a_row_of_another_leaf_is_refused_even_if_the_operator_logged_it_there() -> None:
    own = OWN.key + OWN.text_sha256
    for stray in (bytes(64), b"\xff" * 64):
        with pytest.raises(WrongProof, match="belongs to another leaf"):
            check_row(OWN, *forged(b"".join(sorted([own, stray]))))


@pytest.mark.parametrize("cut", [1, 32, 63])
def test_half_rows_are_refused(cut: int) -> None:
    leaf = leaf_bytes(ROWS, leaf_of(OWN.key))
    with pytest.raises(WrongProof, match="not whole rows"):
        check_row(OWN, *forged(leaf + bytes(cut)))
    with pytest.raises(WrongProof, match="not whole rows"):
        check_absence(OWN.key, *forged(bytes(cut)))


@pytest.mark.parametrize("length", [0, 11, 13])
def test_a_path_of_another_length_is_refused(length: int) -> None:
    leaf, path = map_path(ROWS, OWN.key)
    with pytest.raises(WrongProof, match=r"too (few|many) hashes"):
        check_row(OWN, leaf, (path * 2)[:length], ROOT)


def test_no_map_is_made_of_rows_out_of_order_or_doubled() -> None:
    for rows in ([*reversed(ROWS)], [ROWS[0], *ROWS], [*ROWS, Row(ROWS[-1].key, bytes(32))]):
        with pytest.raises(InternalError, match="each once"):
            map_root(rows)


@given(st.dictionaries(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)))
def test_any_map_proves_each_of_its_rows_and_no_other(values: dict[bytes, bytes]) -> None:
    rows = sorted(Row(key, text) for key, text in values.items())
    root = map_root(rows)
    for row in rows[:1]:
        proof = map_path(rows, row.key)
        check_row(row, *proof, root)
        with pytest.raises(WrongProof):
            check_absence(row.key, *proof, root)
    absent = sha256(root).digest()
    check_absence(absent, *map_path(rows, absent), root)
