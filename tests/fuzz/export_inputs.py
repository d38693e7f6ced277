"""Inputs for the reader of export files: the corpus, changed in its lines and its bytes."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from hypothesis import strategies as st
from indelible.bounded_inflate import GZIP

from .corpus import read_corpus
from .mutations import (
    HOSTILE,
    mutate_bytes,
    mutate_order,
    mutate_tree,
    text_of,
    without_spaces,
)

_PIECE = 100_000


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """One file of the corpus, changed in one to three ways, in lines and then perhaps in bytes."""
    case: bytes = draw(st.sampled_from(read_corpus("export")))
    lines = lines_in(case)
    if lines and draw(st.integers(0, 3)) > 0:
        for _ in range(draw(st.integers(1, 3))):
            change = draw(st.sampled_from(_CHANGES))
            lines = change(draw, lines)
        case = _packed(draw, lines)
    if not draw(st.integers(0, 3)):
        damage = draw(st.sampled_from([_change_bytes, _change_members]))
        case = damage(draw, case)
    return case


def _change_order(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Remove, repeat or move lines, or take some from another file."""
    return mutate_order(draw, lines, lines_in(draw(st.sampled_from(read_corpus("export")))))


def _change_line(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Change the bytes of a line, most often the manifest's or one near it."""
    if not lines:
        return [draw(st.sampled_from(HOSTILE[-1:])).encode()]
    at = draw(st.integers(0, len(lines) - 1))
    changed = mutate_bytes(draw, lines[at], lines)
    return [*lines[:at], changed, *lines[at + 1 :]]


def _change_tree(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Change the JSON of a line, written without white space, as the reader requires."""
    if not lines:
        return lines
    at = draw(st.integers(0, len(lines) - 1))
    try:
        tree = mutate_tree(draw, json.loads(lines[at]))
    except (ValueError, RecursionError):
        return _change_line(draw, lines)
    text = without_spaces(text_of(tree))
    return [*lines[:at], text.replace("\n", " ").encode(), *lines[at + 1 :]]


def _cut_the_chain(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Give the manifest another range, as an attacker would who cuts off the end."""
    try:
        manifest = json.loads(lines[0])
        heads = [event for event in map(_link_in, lines) if event]
        manifest["head"] = {
            "sequence": draw(st.integers(0, 14)),
            "event_hash": draw(st.sampled_from([*heads, None, "0" * 64])),
        }
        manifest["first_sequence"] = first = draw(st.sampled_from([1, 1, 4, 7]))
        manifest["from"] = draw(st.sampled_from([None, "2026-11-23T12:00:04.000000Z"]))
        manifest["records"] = manifest["head"]["sequence"] - first + 1
        manifest["filters"] = draw(st.sampled_from([{}, {}, {"actor_id": "user_1"}]))
    except (ValueError, TypeError, IndexError, RecursionError):
        return lines
    return [json.dumps(manifest, separators=(",", ":")).encode(), *lines[1:]]


def _change_checkpoint(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    """Change the checkpoint: its file's bytes, the hashes beside the records, or all of it."""
    try:
        manifest = json.loads(lines[0])
        checkpoint = manifest["checkpoint"]
        others = [each for each in map(_checkpoint_in, read_corpus("export")) if each]
        other = json.loads(json.dumps(draw(st.sampled_from(others))))
        match draw(st.sampled_from(["file", "side", "other file", "other side", "other"])):
            case "file":
                changed = mutate_bytes(draw, checkpoint["file"].encode(), [other["file"].encode()])
                checkpoint["file"] = changed.decode(errors="replace")
            case "side":
                side = draw(st.sampled_from(["left", "right"]))
                hashes = [each.encode() for each in checkpoint[side]]
                mixed = mutate_order(draw, hashes, [each.encode() for each in other[side]])
                checkpoint[side] = [each.decode() for each in mixed]
            case "other file":
                checkpoint["file"] = other["file"]
            case "other side":
                checkpoint |= {"left": other["left"], "right": other["right"]}
            case _:
                manifest["checkpoint"] = other
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return lines
    return [json.dumps(manifest, separators=(",", ":")).encode(), *lines[1:]]


@cache
def _checkpoint_in(case: bytes) -> dict[str, Any] | None:
    """The checkpoint in a file of the corpus; None without one."""
    found = re.search(rb'"checkpoint":(\{"file".*?\})', b"".join(lines_in(case)[:1]))
    return json.loads(found[1]) if found else None


def _link_in(line: bytes) -> str | None:
    found = re.search(rb'"event_hash":"([0-9a-f]{64})"', line)
    return found[1].decode() if found else None


_CHANGES = [
    *[_change_order] * 2,
    *[_change_line] * 2,
    *[_change_tree] * 3,
    _cut_the_chain,
    _change_checkpoint,
]


def _change_bytes(draw: st.DrawFn, case: bytes) -> bytes:
    return mutate_bytes(draw, case, read_corpus("export"))


def _change_members(draw: st.DrawFn, case: bytes) -> bytes:
    """Put a member of another file, or junk, somewhere between the members."""
    more = [gzip.compress(b"", mtime=0), gzip.compress(b"\n", mtime=0), b"\x00" * 512, b"\x1f"]
    added = draw(st.sampled_from([*more, *read_corpus("export")]))
    return draw(st.sampled_from([case + added, added + case]))


def lines_in(case: bytes) -> list[bytes]:
    """The lines of a file, as far as they can be read and are few."""
    plain, rest = b"", case
    while rest and len(plain) < _PIECE:
        member = zlib.decompressobj(GZIP)
        try:
            plain += member.decompress(rest, _PIECE)
        except zlib.error:
            break
        rest = member.unused_data
    return plain.splitlines()


def _packed(draw: st.DrawFn, lines: Iterable[bytes]) -> bytes:
    """The lines as a file of one member, or with a member for each line."""
    ended = [line + b"\n" for line in lines]
    if draw(st.booleans()):
        ended = [b"".join(ended)]
    return b"".join(gzip.compress(each, 1, mtime=0) for each in ended)
