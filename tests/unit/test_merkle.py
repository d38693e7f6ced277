"""Merkle trees and their proofs beside a slow tree written as RFC 6962 is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import WrongProof
from indelible.tlog.merkle import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_path,
    inclusion_path,
    root_of,
    root_of_path,
)
from support.trees import HUGE_SIZES, LEAVES, HugeTree, slow_path, slow_proof, slow_root
from support.verdicts_of_proofs import is_consistent, is_included

sizes = st.integers(1, 600)


def a_growth(old_size: int, size: int) -> tuple[int, int, bytes, bytes, list[bytes]]:
    """A true proof that a tree has grown, as the arguments of `check_consistency`."""
    leaves = LEAVES[:size]
    roots = slow_root(leaves[:old_size]), slow_root(leaves)
    return (old_size, size, *roots, slow_proof(old_size, leaves))


@pytest.mark.parametrize("size", range(34))
def test_every_proof_in_a_small_tree(size: int) -> None:
    leaves, root = LEAVES[:size], slow_root(LEAVES[:size])
    assert root_of(leaves) == root_of(tuple(leaves)) == root
    for index in range(size):
        path = inclusion_path(leaves, index)
        assert path == slow_path(index, leaves)
        check_inclusion(index, size, leaves[index], path, root)
    for old_size in range(1, size + 1):
        path = consistency_path(leaves, old_size)
        assert path == slow_proof(old_size, leaves)
        check_consistency(old_size, size, slow_root(leaves[:old_size]), root, path)


@given(size=sizes, data=st.data())
def test_paths_are_those_of_the_slow_tree(size: int, data: st.DataObject) -> None:
    leaves, root = LEAVES[:size], slow_root(LEAVES[:size])
    index = data.draw(st.integers(0, size - 1))
    assert root_of(leaves) == root
    assert inclusion_path(leaves, index) == slow_path(index, leaves)
    assert root_of_path(index, size, leaves[index], slow_path(index, leaves)) == root
    assert consistency_path(leaves, index + 1) == slow_proof(index + 1, leaves)
    check_consistency(*a_growth(index + 1, size))


@given(size=st.sampled_from(HUGE_SIZES), data=st.data())
def test_inclusion_in_huge_trees(size: int, data: st.DataObject) -> None:
    tree = HugeTree(size, data.draw(st.integers(0, size - 1), "marked"))
    index = data.draw(st.sampled_from([0, size // 2, size - 1, tree.marked]), "index")
    check_inclusion(index, size, tree.leaf_hash(index), tree.path(index), tree.root())


@given(size=st.integers(2, 600), data=st.data())
def test_any_changed_bit_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 2))
    proofs: list[tuple[Any, list[bytes]]] = [
        (is_included, [LEAVES[index], root_of(LEAVES[:size]), *slow_path(index, LEAVES[:size])]),
        (is_consistent, [*a_growth(index + 1, size)[2:4], *a_growth(index + 1, size)[4]]),
    ]
    for is_right, hashes in proofs:
        place = data.draw(st.integers(0, len(hashes) * 256 - 1), "bit")
        changed = list(hashes)
        number = int.from_bytes(changed[place // 256]) ^ 1 << place % 256
        changed[place // 256] = number.to_bytes(32)
        for given_hashes, expected in ((hashes, True), (changed, False)):
            first, root, *path = given_hashes
            arguments: tuple[Any, ...] = (index, size, first, path, root)
            if is_right is is_consistent:
                arguments = (index + 1, size, first, root, path)
            assert is_right(*arguments) is expected


@given(size=st.integers(2, 600), data=st.data())
def test_a_path_of_one_leaf_is_none_of_another(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)))
    path, root = slow_path(index, LEAVES[:size]), slow_root(LEAVES[:size])
    assert is_included(other, size, LEAVES[index], path, root) is (index == other)
    assert is_included(index, size, LEAVES[other], path, root) is (index == other)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hashes_of_another_length_are_refused_before_anything_is_hashed(length: int) -> None:
    wrong = bytes(length)
    message = f"A hash has {length} bytes and must have 32."
    path, root = slow_path(2, LEAVES[:5]), slow_root(LEAVES[:5])
    too_long = [*path, *[LEAVES[0]] * 9]  # its number of hashes is wrong too, which is seen later
    with pytest.raises(WrongProof, match=message):
        root_of_path(2, 5, wrong, path)
    with pytest.raises(WrongProof, match=message):
        root_of_path(2, 5, LEAVES[2], [*too_long, wrong])
    with pytest.raises(WrongProof, match=message):
        check_inclusion(2, 5, LEAVES[2], path, wrong)
    old_size, size, old_root, root, proof = a_growth(3, 5)
    with pytest.raises(WrongProof, match=message):
        check_consistency(old_size, size, wrong, root, proof)
    with pytest.raises(WrongProof, match=message):
        check_consistency(old_size, size, old_root, wrong, proof)
    with pytest.raises(WrongProof, match=message):
        check_consistency(old_size, size, old_root, root, [*proof, *[LEAVES[0]] * 9, wrong])
    with pytest.raises(WrongProof, match=message):
        check_consistency(5, 5, wrong, wrong, [])


@pytest.mark.parametrize(("index", "size"), [(-1, 1), (0, 0), (1, 1), (5, 5), (2**64 - 1, 1)])
def test_a_leaf_outside_the_tree_is_refused(index: int, size: int) -> None:
    with pytest.raises(WrongProof, match=f"A tree of {size} leaves has no leaf {index}"):
        root_of_path(index, size, LEAVES[0], [])
    with pytest.raises(ValueError, match=f"a tree of {size} leaves has no leaf {index}"):
        inclusion_path(LEAVES[:size], index)


def test_an_inner_node_is_not_taken_for_the_root() -> None:
    path = slow_path(1, LEAVES[:8])
    with pytest.raises(WrongProof, match="too few"):
        check_inclusion(1, 8, LEAVES[1], path[:2], slow_root(LEAVES[:4]))


def test_a_root_is_not_taken_for_that_of_a_smaller_tree() -> None:
    path = slow_path(1, LEAVES[:8])
    with pytest.raises(WrongProof, match="too many"):
        check_inclusion(1, 4, LEAVES[1], path, slow_root(LEAVES[:8]))


def test_another_root_is_refused() -> None:
    with pytest.raises(WrongProof, match="another root"):
        check_inclusion(1, 3, LEAVES[1], slow_path(1, LEAVES[:3]), slow_root(LEAVES[:4]))


def test_a_consistency_proof_of_other_sizes_is_refused() -> None:
    *_, root_of_8, path_to_8 = a_growth(3, 8)
    *_, old_root, root_of_4, path_to_4 = a_growth(3, 4)
    with pytest.raises(WrongProof, match="too few"):
        check_consistency(3, 8, old_root, root_of_4, path_to_4)
    with pytest.raises(WrongProof, match="too many"):
        check_consistency(3, 4, old_root, root_of_8, path_to_8)


@pytest.mark.parametrize("old_size", [1, 2, 3, 4, 5, 6, 7])
def test_a_consistency_proof_needs_a_path(old_size: int) -> None:
    old_root = slow_root(LEAVES[:old_size])
    with pytest.raises(WrongProof, match="path is empty"):
        check_consistency(old_size, 8, old_root, old_root, [])


@pytest.mark.parametrize(("old_size", "size"), [(2, 7), (3, 7), (4, 7), (6, 7), (4, 8)])
def test_each_root_of_a_consistency_proof_is_compared(old_size: int, size: int) -> None:
    _, _, old_root, root, path = a_growth(old_size, size)
    with pytest.raises(WrongProof, match="another root"):
        check_consistency(old_size, size, old_root, LEAVES[0], path)
    with pytest.raises(WrongProof, match=r"another (old )?root"):
        check_consistency(old_size, size, LEAVES[0], root, path)


def test_a_rewritten_history_with_a_true_new_root_is_refused() -> None:
    _, _, _, root, path = a_growth(3, 7)
    rewritten = slow_root([LEAVES[0], LEAVES[600], LEAVES[2]])
    with pytest.raises(WrongProof, match="another old root"):
        check_consistency(3, 7, rewritten, root, path)


@pytest.mark.parametrize(("old_size", "size"), [(2, 1), (1, 0), (-1, 1), (-1, -1)])
def test_a_tree_never_shrinks(old_size: int, size: int) -> None:
    with pytest.raises(WrongProof, match="cannot have grown"):
        check_consistency(old_size, size, LEAVES[0], LEAVES[0], [])


def test_there_is_no_consistency_path_from_a_larger_tree() -> None:
    for old_size in (-1, 4):
        with pytest.raises(ValueError, match=f"a tree of 3 leaves never had {old_size}"):
            consistency_path(LEAVES[:3], old_size)


def test_every_tree_has_grown_from_the_empty_one() -> None:
    for size in (0, 1, 5):
        root = slow_root(LEAVES[:size])
        assert consistency_path(LEAVES[:size], 0) == []
        check_consistency(0, size, EMPTY_ROOT, root, [])
        with pytest.raises(WrongProof, match="must be empty"):
            check_consistency(0, size, EMPTY_ROOT, root, [LEAVES[0]])
        with pytest.raises(WrongProof, match="another root than the empty tree"):
            check_consistency(0, size, LEAVES[0], LEAVES[0], [])


def test_trees_of_one_size_have_one_root() -> None:
    for size in (0, 1, 3, 4):
        root = slow_root(LEAVES[:size])
        check_consistency(size, size, root, root, [])
        with pytest.raises(WrongProof, match="one size have different roots"):
            check_consistency(size, size, root, LEAVES[9], [])
        with pytest.raises(WrongProof, match="must be empty"):
            check_consistency(size, size, root, root, [root])


@given(shape=st.lists(st.integers(1, 200), min_size=2, max_size=5))
def test_consistency_holds_along_a_growing_log(shape: list[int]) -> None:
    grown = [sum(shape[:count]) for count in range(1, len(shape) + 1)]
    for old_size, size in pairwise(each for each in grown if each <= 600):
        check_consistency(*a_growth(old_size, size))
