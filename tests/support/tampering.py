"""A chain to tamper with, ways to tamper with it, and the breaks that the verifier finds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from indelible.chain.hashes import HASH_BYTES, leaf_hash
from indelible.chain.segment import PREFIX_BYTES, Segment, cut_prefixes, read_records
from indelible.verifying.breaks import Break
from indelible.verifying.segments import verify

from support.builders import WORKSPACE, a_chain, as_stored, rewritten

CHAIN = a_chain(9, 3)
"""Three segments of three records; tests change the second segment."""

_TIMES = [f'"2026-11-23T12:00:0{n}.00000{n % 2}Z"' for n in range(2, 9)]
_OTHER_VALUES: dict[bytes, list[str]] = {
    b"actor_id": ['"somebody else"'],
    b"sequence": [str(n) for n in range(1, 9)],
    b"workspace_id": ['"ws_other"', '""'],
    b"format": ["0", "2"],
    b"created_at": [*_TIMES, '""', '"2026-11-23T12:00:05Z"', '"2026-11-23T12:00:0a.000000Z"'],
    b"received_at": [*_TIMES, '""', '"0"', '"9"'],
    b"id": ["1"],
}


def breaks_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[Break]:
    """Every break found in a chain."""
    return [each for step in verify(workspace_id, chain) for each in step.breaks]


def types_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[tuple[str, int]]:
    """The type and sequence of every break found in a chain."""
    return [(each.type.value, each.sequence) for each in breaks_of(chain, workspace_id)]


def with_middle(**changes: Any) -> list[Segment]:
    """The chain with its second segment changed."""
    return [CHAIN[0], replace(CHAIN[1], **changes), CHAIN[2]]


def with_a_byte_changed(segment: Segment) -> Segment:
    """The segment with one byte of its second record changed, beside its genuine hashes."""
    first, second, *others = read_records(segment)
    changed = second.replace(b"user_2hG9kLm", b"user_2hG9kLn")
    return replace(segment, records=as_stored([first, changed, *others]))


def with_other_prefixes(segment: Segment) -> Segment:
    """The segment with the leaf prefix of its first record changed, and nothing else."""
    others = segment.leaf_prefixes[PREFIX_BYTES:]
    return replace(segment, leaf_prefixes=b"none" + others)


def with_another_event_hash(segment: Segment) -> Segment:
    """The segment with another event hash, and nothing else."""
    return replace(segment, event_hash=bytes([1]) * HASH_BYTES)


def with_another_hash_before(segment: Segment) -> Segment:
    """The segment with another previous event hash, from which its event hash does not follow."""
    return replace(segment, previous_event_hash=bytes([1]) * HASH_BYTES)


def with_fewer_prefixes(segment: Segment) -> Segment:
    """The segment without the leaf prefix of its last record."""
    return replace(segment, leaf_prefixes=segment.leaf_prefixes[:-PREFIX_BYTES])


def with_a_fitting_prefix(segment: Segment) -> Segment:
    """The segment with its second record and the prefix of it changed together."""
    changed = with_a_byte_changed(segment)
    leaves = map(leaf_hash, read_records(changed))
    return replace(changed, leaf_prefixes=cut_prefixes(leaves))


def with_whole_leaf_hashes(segment: Segment) -> Segment:
    """The segment as version 0.1.0 stored it."""
    leaves = map(leaf_hash, read_records(segment))
    return replace(segment, leaf_prefixes=b"".join(leaves))


def from_another_place(segment: Segment) -> Segment:
    """The first segment of the chain with its genuine hashes, stored in the place of this one."""
    return replace(CHAIN[0], first_sequence=segment.first_sequence)


def from_another_workspace(segment: Segment) -> Segment:
    """The segment with records of another workspace and hashes that fit them."""
    ours, theirs = f'"{WORKSPACE}"'.encode(), b'"ws_other"'
    return rewritten(segment, [each.replace(ours, theirs) for each in read_records(segment)])


def with_fitting_hashes(segment: Segment) -> Segment:
    """The segment with changed records and hashes that fit them: only the next link breaks."""
    records = read_records(segment)
    return rewritten(segment, [each.replace(b"user_2hG9kLm", b"user_2hG9kLn") for each in records])


DAMAGED: list[Callable[[Segment], Segment]] = [
    with_a_byte_changed,
    with_other_prefixes,
    with_another_event_hash,
    with_another_hash_before,
    with_fewer_prefixes,
    with_a_fitting_prefix,
    from_another_place,
    from_another_workspace,
]
"""Ways to change a segment that stays readable, each of which breaks the segment itself."""


@st.composite
def tampered_chains(draw: st.DrawFn) -> list[Segment]:
    """The chain with its second segment unchanged, or changed so that it stays readable."""
    records = read_records(CHAIN[1])
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
        records = _tamper(draw, records)
    forged = rewritten(CHAIN[1], records)
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        changes["event_hash"] = CHAIN[1].event_hash
    if draw(st.booleans()):
        genuine = CHAIN[1]
        if draw(st.booleans()):
            genuine = with_whole_leaf_hashes(genuine)
        size = len(genuine.leaf_prefixes) // genuine.count * forged.count
        changes["leaf_prefixes"] = (genuine.leaf_prefixes * 3)[:size]
    name = draw(st.sampled_from([*[None] * 3, "event_hash", "previous_event_hash"]))
    if name:
        changes[name] = bytes(32)
    return [CHAIN[0], replace(forged, **changes), CHAIN[2]]


def _tamper(draw: st.DrawFn, records: list[bytes]) -> list[bytes]:
    """Change a value, both times, or any byte of a record; move or repeat it."""
    at = draw(st.integers(0, len(records) - 1))
    match draw(st.sampled_from(["value", "value", "value", "times", "byte", "move", "repeat"])):
        case "value":
            name = draw(st.sampled_from([*_OTHER_VALUES]))
            changed = _with_value(records[at], name, draw(st.sampled_from(_OTHER_VALUES[name])))
        case "times":
            time = draw(st.sampled_from(_OTHER_VALUES[b"created_at"]))
            changed = _with_value(records[at], b"created_at", time)
            changed = _with_value(changed, b"received_at", draw(st.sampled_from([time, *_TIMES])))
        case "byte":
            plain = bytearray(records[at])
            plain[draw(st.integers(0, len(plain) - 1))] ^= draw(st.integers(1, 255))
            changed = bytes(plain).replace(b"\n", b"")
        case "move":
            return [*records[:at], *records[at + 1 :], records[at]]
        case _:
            return [*records[: at + 1], *records[at:]]
    return [*records[:at], changed, *records[at + 1 :]]


def _with_value(record: bytes, name: bytes, value: str) -> bytes:
    """The record with another value, as JSON, for one of its fields."""
    return re.sub(rb'"%b":("[^"]*"|\d+)' % name, b'"%b":%b' % (name, value.encode()), record)
