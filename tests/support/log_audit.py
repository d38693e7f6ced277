"""What must hold for a deployment's log, read from its objects without the code that wrote them.

Trees are those of `support.trees`, word for word from RFC 6962 and slow.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

from indelible.checkpoints import workspace_map
from indelible.checkpoints.state import decode_state
from indelible.errors import Unreadable

from support.audited import Audit, Row, Truth, text_of
from support.log_audit_tiles import log_tiles, workspace_tiles
from support.trees import node, slow_root

RUN, RESTART = b"indelible.run/v1\n", b"indelible.restart/v1\n"
_ROW = struct.Struct(">32s32sQQ32s")


_Rows = dict[bytes, tuple[Any, ...]]
_sound: dict[int, tuple[str, bytes, list[bytes], bytes, dict[str, Row], int, _Rows]] = {}
"""Runs in which nothing was wrong, by a hash of all runs up to there: their states, what was read
of them, and what the next one follows. Many tests begin with the same long log."""


def audit(
    origin: str,
    objects: Mapping[str, bytes],
    states: Mapping[str, bytes],
    truths: Mapping[str, Sequence[Truth]],
) -> Audit:
    """Read every run, its map and its states, and all tiles, and compare them with the truth.

    `truths` has each workspace's epochs, in order.
    """
    found = Audit(origin)
    names = sorted(key for key in objects if key.startswith("run/"))
    if names != [f"run/{number:012}" for number in range(1, len(names) + 1)]:
        found.broken.append(f"the runs are not numbered without a gap: {names}")
    before: _Rows = {}
    time, digest = 0, 0
    for number, name in enumerate(names, 1):
        digest = hash((digest, objects[name]))
        known = _sound.get(digest)
        if known and states.get(known[0]) == known[1]:
            _, _, entries, text, covered, time, before = known
            found.add(entries, text, covered)
            continue
        run = json.loads(objects[name])
        state = states.get(run["state_version"], b"")
        broken = len(found.broken)
        time = _entries_and_note(found, run, number, time)
        before = _state(found, run, state, truths, before)
        if len(found.broken) == broken:
            entries = _added(run)
            made = found.texts[-1], found.rows[-1], time, before
            _sound[digest] = run["state_version"], state, entries, *made
    found.broken += log_tiles(found, objects)
    found.broken += workspace_tiles(found, objects, truths)
    return found


def _entries_and_note(found: Audit, run: dict[str, Any], number: int, time: int) -> int:
    broken = []
    entries = _added(run)
    times = [int(each.split(b"\n")[1]) for each in entries]
    if [each.startswith(RUN) for each in entries] != [False] * (len(entries) - 1) + [True]:
        broken.append("its last entry is not the run's, or others are")
    if times != [times[-1]] * len(times) or times[-1] < time:
        broken.append("its time goes back, or its entries have several")
    found.add(entries, run["note"].partition("\n\n")[0].encode() + b"\n", {})
    if found.texts[-1] != found.text_at(len(found.entries)):
        broken.append("what it signed is not the tree of its entries and those before")
    if run["number"] != number:
        broken.append(f"its number is {run['number']}")
    found.broken += (f"run {number}: {each}" for each in broken)
    return times[-1]


def _state(
    found: Audit,
    run: dict[str, Any],
    encoded: bytes,
    truths: Mapping[str, Sequence[Truth]],
    before: _Rows,
) -> _Rows:
    """Check the run's state and map. Returns the rows by their keys."""
    if sha256(encoded).hexdigest() != run["state_sha256"]:
        found.broken.append(f"run {run['number']}: its state is not the one that it names")
        return before
    count, _, number = struct.unpack_from(">IIQ", encoded)
    rows = [*_ROW.iter_unpack(encoded[16 : 16 + count * _ROW.size])]
    broken = [] if number == run["number"] else [f"its state is that of run {number}"]
    if [row[0] for row in rows] != sorted({row[0] for row in rows}):
        broken.append("its rows are not sorted")
    if _map_root(run) != slow_map_root(rows):
        broken.append("its map is not that of its state")
    by_key = {row[0]: row for row in rows}
    for name in _names(encoded, broken):
        _, text_sha256, size, epoch, root = by_key[row_key(name)]
        found.rows[-1][name] = Row(size, epoch)
        broken += _row(found.origin, name, truths, size, epoch, root, text_sha256)
    ended = {each.split(b"\n")[2] for each in _added(run) if each.startswith(RESTART)}
    broken += _follows(before, rows, ended)
    found.broken += (f"run {number}: {each}" for each in broken)
    return by_key


def _map_root(run: dict[str, Any]) -> bytes:
    return b64decode(_added(run)[-1].split(b"\n")[2]) if _added(run)[-1].startswith(RUN) else b""


def _names(encoded: bytes, broken: list[str]) -> list[str]:
    try:
        return [each.workspace_id for each in decode_state(encoded).workspaces]
    except Unreadable as error:
        broken.append(f"its state cannot be read: {error}")
        return []


def row_key(workspace_id: str) -> bytes:
    """The key of a workspace in the map."""
    return sha256(b"indelible.workspace/v1\n" + workspace_id.encode()).digest()


def _added(run: dict[str, Any]) -> list[bytes]:
    return [b64decode(each) for each in run["entries"]]


def _row(
    origin: str,
    name: str,
    truths: Mapping[str, Sequence[Truth]],
    size: int,
    epoch: int,
    root: bytes,
    text_sha256: bytes,
) -> Iterator[str]:
    if name not in truths or epoch >= len(truths[name]):
        yield f"{name} has no epoch {epoch}"
        return
    truth = truths[name][epoch]
    if size not in truth.ends:
        yield f"{name} is covered to {size}, where no segment ends"
    if root != slow_root(truth.leaves[:size]):
        yield f"the root of {name} is not that of its first {size} records"
    if text_sha256 != sha256(text_of(f"{origin}/{name}/{epoch}", size, root)).digest():
        yield f"the row of {name} is not that of its checkpoint"


def _follows(
    before: _Rows,
    rows: Sequence[tuple[Any, ...]],
    ended: set[bytes],
) -> Iterator[str]:
    after = {row[0]: row for row in rows}
    for key, (_, _, size, epoch, _) in before.items():
        if key not in after:
            yield "a workspace is gone"
            continue
        _, _, new_size, new_epoch, _ = after[key]
        if new_epoch == epoch:
            if new_size < size:
                yield f"a tree shrank from {size} to {new_size}"
        elif int(new_epoch) != int(epoch) + 1 or key.hex().encode() not in ended:
            yield f"epoch {new_epoch} follows {epoch}, and no entry says so"


def slow_map_root(rows: Sequence[tuple[bytes, ...]]) -> bytes:
    """The root of the map, whose rows begin with their keys and the hashes of their texts."""
    pairs = tuple((row[0], row[1]) for row in rows)
    return _slow_map_root(workspace_map.MAP_BITS, pairs)


@lru_cache(maxsize=4_096)
def _slow_map_root(bits: int, pairs: tuple[tuple[bytes, bytes], ...]) -> bytes:
    leaves = [b""] * 2**bits
    for key, text_sha256 in pairs:
        leaves[int.from_bytes(key) >> 256 - bits] += key + text_sha256
    hashes = [sha256(b"\x00" + each).digest() for each in leaves]
    while len(hashes) > 1:
        hashes = [node(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
