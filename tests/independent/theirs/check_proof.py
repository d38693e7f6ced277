"""Checks a whole proof file with aics-tlog, from docs/checkpoints.md and not from our code.

{proof, key, witnesses, quorum} -> {entry, workspace, record}: the log's entry, the three lines of
the workspace checkpoint, and the record, null in a checkpoint file. `proof` is base64.
"""

import json
import sys
from base64 import b64decode, b64encode
from hashlib import sha256

from aics_tlog import (
    leaf_hash,
    node_hash,
    parse_note,
    parse_vkey,
    verify_checkpoint,
    verify_leaf_inclusion,
)

MAP_BITS, ROW_BYTES, KEY_BYTES = 12, 64, 32


class Refused(Exception):
    pass


def require(is_right: bool, what: str) -> None:
    if not is_right:
        raise Refused(what)


def hashes_of(lines: list[str], name: str) -> list[bytes]:
    found = [line.split(" ") for line in lines]
    require(all(each[0] == name for each in found), f"lines {name}")
    return [b64decode(each[1], validate=True) for each in found]


def root_of_map(lines: list[str], text: bytes) -> bytes:
    """The root of the map with the row of this workspace checkpoint."""
    [rows] = hashes_of(lines[:1], "rows")
    workspace_id = text.split(b"\n")[0].split(b"/")[-2]
    key = sha256(b"indelible.workspace/v1\n" + workspace_id).digest()
    found = [rows[at : at + ROW_BYTES] for at in range(0, len(rows), ROW_BYTES)]
    require(key + sha256(text).digest() in found, "the row")
    keys = [row[:KEY_BYTES] for row in found]
    require(keys == sorted({*keys}), "the order of the rows")
    index = int.from_bytes(key[:2]) >> 4
    require(all(int.from_bytes(each[:2]) >> 4 == index for each in keys), "the place of the rows")
    siblings = hashes_of(lines[1:], "map")
    require(len(siblings) == MAP_BITS, "the depth of the map")
    root: bytes = leaf_hash(rows)
    for level, sibling in enumerate(siblings):
        root = node_hash(sibling, root) if index >> level & 1 else node_hash(root, sibling)
    return root


def check_record(lines: list[str], record: bytes, text: bytes) -> None:
    _, size, root = text.decode().splitlines()
    name, index = lines[0].split(" ")
    require(name == "event", "the line event")
    path = hashes_of(lines[1:], "path")
    is_included = verify_leaf_inclusion(record, int(index), int(size), path, b64decode(root))
    require(is_included, "the record's path")


def check(proof: bytes, key: str, witnesses: list[str], quorum: int) -> dict[str, object]:
    head, _, note_bytes = proof.partition(b"\n\n")
    first, extra_line, index, *path = head.decode().split("\n")
    require(first == "c2sp.org/tlog-proof@v1", "the first line")
    [extra] = hashes_of([extra_line], "extra")
    inner, is_event, record = extra.partition(b"\n\n")
    kind, *lines = inner.decode().rstrip("\n").split("\n")
    require(kind == "indelible.proof/v1", "the kind")
    text = "".join(f"{each}\n" for each in lines[:3]).encode()
    map_root = root_of_map(lines[4 : 5 + MAP_BITS], text)
    if is_event:
        check_record(lines[5 + MAP_BITS :], record, text)
    time = lines[3].removeprefix("time ")
    entry = f"indelible.run/v1\n{time}\n{b64encode(map_root).decode()}\n".encode()
    keys = [parse_vkey(each) for each in witnesses]
    signed = verify_checkpoint(parse_note(note_bytes), parse_vkey(key), keys, quorum)
    require(signed.ok, f"the checkpoint: {signed.error}")
    assert signed.size
    assert signed.root
    at = int(index.removeprefix("index "))
    require(at == signed.size - 1, "the index")
    require(text.decode().startswith(f"{signed.origin}/"), "the origin")
    hashes = [b64decode(each, validate=True) for each in path]
    require(verify_leaf_inclusion(entry, at, signed.size, hashes, signed.root), "the log's path")
    return {
        "entry": entry.decode(),
        "workspace": text.decode(),
        "record": record.decode() if is_event else None,
    }


request = json.load(sys.stdin)
answer: dict[str, object]
try:
    answer = check(
        b64decode(request["proof"]), request["key"], request["witnesses"], request["quorum"]
    )
except (Refused, ValueError, IndexError) as error:
    answer = {"refused": str(error)}
json.dump(answer, sys.stdout)
