"""Merkle trees and their proofs: what other projects have published of them."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from indelible.chain.hashes import leaf_hash
from indelible.tlog.compact_range import EMPTY_RANGE
from indelible.tlog.merkle import EMPTY_ROOT, check_consistency, node_hash, root_of
from support.vectors import published
from support.verdicts_of_proofs import is_consistent, is_included

EIGHT = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
EIGHT += ["606162636465666768696a6b6c6d6e6f"]
"""Entries of transparency-dev/merkle, testonly/constants.go, and the roots of 0 to 8 of them."""
EIGHT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SHORT_ROOTS_OF_ONE_SIZE = "consistency/additional/sizes-are-equal-one-and-proof-is-empty"
"""The one published vector that we decide otherwise: its two equal roots have 11 bytes."""

ARGON_OLD = (3654490, "AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ=")
ARGON_NEW = (961984013, "dwlueapdd7LaOEnX2W2Wp9v2XE+KzejHRQGHwEx0oaM=")
ARGON_PATH = [
    "80Sfbj6UQEdVSZCSIgh9NMPj3vCBzcc1A48B2crJSWg=",
    "FZcrgAHUk6nNPviJZq8kEK6jCG1d18pJOFE45ZDc1TQ=",
    "Q67reWXmPBo1UfmwBap4Xi9PMPfFdUSSw3WGlRZdG7k=",
    "eJ7CyhR4PxzBxDIsWgrVYW1eFUb9ndgf46tFmiqVrxA=",
    "QrDwp062Grm5WY8KdrhFsBuuNjGzRox2Jb8PmVL5OYw=",
    "XM4YMjMEdLH/XJam/ZWyaP14k3cmsOtnPsOWQ54lW1s=",
    "SGiBh+jOTGccXU48ZzgQ88lRcBmtB4wz4oSDndv2QTg=",
    "WAS6txqNLYKGL1GdBdpqmV42TTfn6cJsuDsqLXuTCNI=",
    "QFmRS0rirUA7ZN3lxFjDncV+E1OCrn3NUB4RCp+5fzc=",
    "Hdbp7It2XBNZmNDBpCN/KPd7vfVqxgzwOosqVIaEA9E=",
    "mxvHL0ZiblBdD7j7pIa1jlfB0gSqfJ6oX0UGo7L0VsU=",
    "q5hjyvoW6TL/PThgcitpDcSTrnKX2p1+aqscqH2euRA=",
    "jTOWDqt3IHj2NVFeezyBz2ofpru+ztEywqKUAfFclKI=",
    "GIRn0w3HqJdvU9j1WVD//eR6lk2AaTVjyzjsJNP8U88=",
    "x52GJvxG81fnQBrgOTbll1A5tz95/LXK0Ag1NhB0r1I=",
    "6/0OqrcTgc3o5dD5PymmoC96lB9yLPFuTHVvLy8fSGk=",
    "Gf+iKLfcXO5l4JEFmsZvSdG5q1uEeWPfYLrds6pmjz0=",
    "DGuaco+McyM3AfRSF6qX7RwSetwe2ieYJmxw5e9rVx0=",
    "2tQJ9V32hnYp+fdpP6TcjmgJmLeNVOMKM0Ml1kk4cNU=",
    "3PapK+IkyJr8I9yAErAmzuZezzLMzsg+PfeRCgNW8NQ=",
    "s6xiYeejb+wtqHA+URJZ2I/SCPyIW8coP6aB00FJbMY=",
    "z9lSpmdTcr5M5ZzKlc4EPh3SrSypKFdk6JUF/UccaZU=",
    "GXIElfmnRuWfbA4z7ubV/UwlpSRUbUeec7oL5HDDnh0=",
    "pR0SH/NYP6s9+8azWwaeUXA4Ze/3WCIgMfh5YW6wvcE=",
    "f3GuAKYVrF8RBg3s15jvA/YvV9oAliWtzP/imwPhQVA=",
    "WHn8zDxlVgkV+lSlmzaOdfSBrTHoRr5nT3d76q0KKWE=",
    "f2uV2ZxVgULzLPKuZcowRY3ZY7fRlX59iDBjV1R8kNQ=",
    "NzQVjJsvQwbi7WStMr9oFkh9VbHfK7LB6o7WwAqwNTs=",
    "C0LttBeYHZHgL+032JIcJC3CTBIyza/hsbmJUgJfmDI=",
    "nixU5CWTFVDlF4BGdcU6kA7WSYurEpe9jRWc+F/7sOc=",
]
"""Two sizes and roots of the certificate log Argon 2020, from golang/mod, sumdb/tlog/ct_test.go."""


def decoded(text: str | None) -> bytes:
    return b64decode(text or "", validate=True)


def vectors(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(published(f"merkle/{name}.json").read_text("utf-8"))
    assert len(cases) == 98
    return cases


def test_the_hashes_are_those_of_rfc_6962() -> None:
    assert EMPTY_ROOT.hex() == EIGHT_ROOTS[0]
    assert leaf_hash(b"").hex() == EIGHT_ROOTS[1]
    leaf = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert leaf_hash(b"L123456").hex() == leaf
    node = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert node_hash(b"N123", b"N456").hex() == node


def test_the_roots_of_the_published_entries() -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in EIGHT]
    assert [root_of(leaves[:size]).hex() for size in range(9)] == EIGHT_ROOTS
    ranges = [EMPTY_RANGE.extended(leaves[:size]) for size in range(9)]
    assert [each.root.hex() for each in ranges] == EIGHT_ROOTS


def test_the_published_inclusion_proofs() -> None:
    for case in vectors("inclusion"):
        path = [decoded(each) for each in case["proof"] or []]
        leaf, root = decoded(case["leafHash"]), decoded(case["root"])
        is_right = is_included(case["leafIdx"], case["treeSize"], leaf, path, root)
        assert is_right is not case["wantErr"], case["name"]


def test_the_published_consistency_proofs() -> None:
    decided_otherwise = []
    for case in vectors("consistency"):
        path = [decoded(each) for each in case["proof"] or []]
        roots = decoded(case["root1"]), decoded(case["root2"])
        is_right = is_consistent(case["size1"], case["size2"], *roots, path)
        if is_right is case["wantErr"]:
            decided_otherwise.append(case["name"])
            assert not is_right
    assert decided_otherwise == [SHORT_ROOTS_OF_ONE_SIZE]


def test_a_proof_of_a_public_log_of_nine_hundred_million_leaves() -> None:
    (old_size, old_root), (size, root) = ARGON_OLD, ARGON_NEW
    path = [decoded(each) for each in ARGON_PATH]
    check_consistency(old_size, size, decoded(old_root), decoded(root), path)
    assert not is_consistent(old_size + 1, size, decoded(old_root), decoded(root), path)
