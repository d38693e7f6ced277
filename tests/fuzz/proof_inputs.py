"""Inputs of the proof target: the corpus, changed in its parts, its JSON, its lines and bytes."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.errors import Unreadable

from .corpus import read_corpus
from .mutations import mutate_bytes, mutate_order, mutate_tree, text_of, without_spaces

_JSON = (b"run", b"growth", b"answer")
_PARTS = [each.name for each in fields(ProofFile)]


@cache
def _by_kind() -> dict[bytes, list[bytes]]:
    """The contents of the corpus."""
    found: dict[bytes, list[bytes]] = {}
    for each in read_corpus("proof"):
        kind, _, content = each.partition(b"\n")
        found.setdefault(kind, []).append(content)
    return found


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """One input of the corpus, changed in one to three ways, in its parts and perhaps its bytes."""
    kind = draw(st.sampled_from([*_by_kind(), *[b"proof"] * 4, *[b"answer"] * 2]))
    others = _by_kind()[kind]
    content = draw(st.sampled_from(others))
    for _ in range(draw(st.integers(1, 3))):
        content = _changed(draw, kind, content, others)
    if not draw(st.integers(0, 3)):
        content = mutate_bytes(draw, content, others)
    return kind + b"\n" + content


def _changed(draw: st.DrawFn, kind: bytes, content: bytes, others: list[bytes]) -> bytes:
    """The content with one change of its form."""
    other = draw(st.sampled_from(others))
    if kind == b"proof":
        return _with_other_parts(draw, content, other)
    if kind in _JSON:
        return _with_another_tree(draw, content, other)
    if kind == b"state":
        return mutate_bytes(draw, content, others)
    return b"".join(mutate_order(draw, content.splitlines(True), other.splitlines(True)))


def _with_another_tree(draw: st.DrawFn, content: bytes, other: bytes) -> bytes:
    """The JSON with one change, or with a value of another object in its place."""
    try:
        tree, donor = json.loads(content), json.loads(other)
    except (ValueError, RecursionError):
        return content
    if isinstance(tree, dict) and isinstance(donor, dict) and donor and draw(st.booleans()):
        name = draw(st.sampled_from([*donor]))
        tree[name] = donor[name]
    else:
        tree = mutate_tree(draw, tree)
    return without_spaces(text_of(tree)).encode()


def _with_other_parts(draw: st.DrawFn, content: bytes, other: bytes) -> bytes:
    """The proof file with a part of another one, or with a changed part."""
    try:
        proof, donor = read_proof_file(content), read_proof_file(other)
    except Unreadable:
        return content
    part = draw(st.sampled_from(_PARTS))
    if draw(st.booleans()):
        return replace(proof, **{part: getattr(donor, part)}).encoded
    value = _changed_part(draw, getattr(proof, part), getattr(donor, part))
    return replace(proof, **{part: value}).encoded


def _changed_part(draw: st.DrawFn, value: Any, other: Any) -> Any:
    """Another value of the same type: numbers nearby, changed bytes, paths and parts."""
    match value:
        case int():
            return max(0, value + draw(st.sampled_from([-1, 1, 60, -60, 2**40])))
        case str():
            return draw(st.sampled_from([value + "x", other, "ws_held"]))
        case bytes():
            return mutate_bytes(draw, value, [other if isinstance(other, bytes) else value])
        case tuple():
            return tuple(mutate_order(draw, [*value], [*other]))
        case None:
            return value
    part = draw(st.sampled_from([each.name for each in fields(value)]))
    theirs = getattr(other, part, getattr(value, part))
    return replace(value, **{part: _changed_part(draw, getattr(value, part), theirs)})
