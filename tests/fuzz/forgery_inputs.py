"""Forgeries: the records of a chain, changed, in a file whose hashes all match."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from indelible.chain.hashes import GENESIS, Head, event_hash, leaf_hash
from indelible.export_file.checkpoint import FileCheckpoint
from indelible.export_file.lines import write_record
from indelible.export_file.manifest import Manifest
from support.builders import WORKSPACE

from .checkpoints import by_a_stranger, checkpoint_file, in_a_file
from .export import HISTORIES, history
from .mutations import mutate_order

RECORDS, LINKS = zip(*map(history, HISTORIES), strict=True)
LEAVES = [tuple(map(leaf_hash, each)) for each in RECORDS]
COVERED = [leaves[:size] for leaves in LEAVES for size in (5, 8, 12) if size <= len(leaves)]
"""The leaf hashes of the chains that the log has covered, each in several runs."""

TIMES = sorted({time for each in RECORDS for time in re.findall(r"[-0-9T:.]{26}Z", str(each))})
_OTHERS = ["ws_other", "", f"{WORKSPACE} ", WORKSPACE.upper()]


@dataclass(frozen=True, slots=True)
class Forgery:
    """A file to be made. It has only the hashes `leaves` of the records at `left_out`.

    `covered` has the leaf hashes of the chain whose checkpoint it carries, and `beside` those that
    the hashes beside the records are made of. If `is_ours`, the log signed this checkpoint.
    """

    records: Sequence[bytes]
    first_sequence: int = 1
    link: bytes = GENESIS
    left_out: frozenset[int] = frozenset()
    leaves: Sequence[bytes] = ()
    changes: Mapping[str, object] = field(default_factory=dict)
    ends: frozenset[int] = frozenset()
    covered: tuple[bytes, ...] = ()
    beside: tuple[bytes, ...] = ()
    is_ours: bool = True

    def make(self) -> bytes:
        """The file, with correct hashes except for the `changes` of the manifest."""
        link, lines = self.link, list[bytes]()
        for at, record in enumerate(self.records):
            is_told = at not in self.left_out
            leaf = leaf_hash(record) if is_told or at >= len(self.leaves) else self.leaves[at]
            link = event_hash(link, leaf)
            lines.append(
                write_record(leaf, link if at in self.ends else None, record if is_told else None)
            )
        head = Head(self.first_sequence + len(lines) - 1, link, 0)
        checkpoint = self._checkpoint(head.sequence) if self.covered else None
        made = Manifest(
            WORKSPACE, self.first_sequence, self.link, head, checkpoint=checkpoint
        ).as_line()
        manifest = json.dumps({**json.loads(made), **self.changes}).encode() + b"\n"
        return gzip.compress(b"".join([manifest, *lines]), 1, mtime=0)

    def _checkpoint(self, last_sequence: int) -> FileCheckpoint:
        proof = checkpoint_file(self.covered)
        if not self.is_ours:
            proof = by_a_stranger(proof)
        return in_a_file(proof, self.beside or self.covered, self.first_sequence, last_sequence)


@st.composite
def inputs(draw: st.DrawFn) -> bytes:
    """A forgery of one chain, of a part of it, or of parts of several."""
    chain = draw(st.integers(0, len(RECORDS) - 1))
    records = list(RECORDS[chain])
    for _ in range(draw(st.integers(0, 3))):
        records = draw(st.sampled_from(_CHANGES))(draw, records)
    first = draw(st.sampled_from([1, 1, 1, 2, 4, 7]))
    at = draw(st.sampled_from([first - 1, first - 1, draw(st.integers(0, len(LINKS[chain]) - 1))]))
    records = records[draw(st.sampled_from([first - 1, at, 0])) :]
    if draw(st.booleans()):
        records = [_renumbered(record, n) for n, record in enumerate(records, start=first)]
    places = st.frozensets(st.integers(0, 12), max_size=12)
    forged = (*LEAVES[chain][: first - 1], *map(leaf_hash, records))
    is_ours = bool(draw(st.integers(0, 4)))
    return Forgery(
        records,
        first,
        LINKS[chain][at] if at < len(LINKS[chain]) else GENESIS,
        draw(st.sampled_from([frozenset[int](), draw(places)])),
        draw(st.sampled_from([(), *LEAVES])),
        _claims(draw, first),
        draw(places),
        draw(st.sampled_from([(), *COVERED])) if is_ours else forged,
        draw(st.sampled_from([(), forged, *LEAVES])),
        is_ours,
    ).make()


def _claims(draw: st.DrawFn, first: int) -> dict[str, object]:
    """Changes of the manifest, most often only the necessary ones."""
    claims: dict[str, object] = {}
    if first > 1 and draw(st.integers(0, 3)):
        claims["from"] = draw(st.sampled_from(TIMES))
    if draw(st.booleans()):
        claims["filters"] = draw(st.sampled_from([{"actor_id": "nobody"}, {"from": TIMES[0]}]))
    if draw(st.integers(0, 3)):
        return claims
    chain = draw(st.integers(0, len(LINKS) - 1))
    sequence = draw(st.integers(0, len(LINKS[chain]) - 1))
    head = {"sequence": sequence, "event_hash": LINKS[chain][sequence].hex()}
    others: dict[str, list[object]] = {
        "workspace_id": [*_OTHERS],
        "from": [*TIMES, "", "0"],
        "to": [*TIMES, "", "~"],
        "head": [head],
        "records": [sequence - first + 1, 10**9],
        "first_sequence": [0, 1, 4],
        "previous_event_hash": [None, head["event_hash"]],
    }
    for name in draw(st.lists(st.sampled_from([*others]), min_size=1, max_size=3)):
        claims[name] = draw(st.sampled_from(others[name]))
    return claims


def _change_field(draw: st.DrawFn, records: list[bytes]) -> list[bytes]:
    """Change one record: its event, its place, or only its salt."""
    if not records:
        return records
    at = draw(st.integers(0, len(records) - 1))
    name, values = draw(st.sampled_from([*_FIELDS.items()]))
    value = json.dumps(draw(st.sampled_from(values))).encode()
    pattern = rb'"%b":("[^"]*"|\d+)' % name.encode()
    changed = re.sub(pattern, lambda _: b'"%b":%b' % (name.encode(), value), records[at])
    return [*records[:at], changed, *records[at + 1 :]]


_FIELDS: dict[str, list[object]] = {
    "actor_id": ["user_1", "somebody else"],
    "salt": ["0" * 32, ""],
    "sequence": [*range(14)],
    "workspace_id": [*_OTHERS],
    "created_at": [*TIMES],
    "received_at": [*TIMES],
    "id": ["00000000-0000-7000-8000-000000000001"],
}


def _change_order(draw: st.DrawFn, records: list[bytes]) -> list[bytes]:
    """Remove, repeat or move records, or continue with another chain."""
    return mutate_order(draw, records, draw(st.sampled_from(RECORDS)))


def _change_times(_: st.DrawFn, records: list[bytes]) -> list[bytes]:
    """Give the records the times of the first chain's, in their order."""
    times = re.findall(rb'"created_at":"([^"]*)"', b"".join(RECORDS[0]))
    timed = zip(records, times, strict=False)
    return [re.sub(rb'(_at":)"[^"]*"', rb'\1"%b"' % time, record) for record, time in timed]


_CHANGES: list[Callable[[st.DrawFn, list[bytes]], list[bytes]]] = [
    _change_field,
    _change_field,
    _change_order,
    _change_times,
]


def _renumbered(record: bytes, sequence: int) -> bytes:
    return re.sub(rb'"sequence":\d+', b'"sequence":%d' % sequence, record)
