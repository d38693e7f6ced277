"""Checks a tree with tlog-scales: its tiles, and proofs that somebody made of it.

{folder, size, root, records: {index: base64}, inclusions: {index: [hash]}, consistencies:
[[old size, old root, [hash]]]} -> {}. Hashes are in hex.
"""

import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import (
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)


def check(request: dict[str, Any]) -> None:
    size, root = request["size"], bytes.fromhex(request["root"])
    reader = TilesReader(LocalBackend(Path(request["folder"])))
    reader.set_size(size)
    if reader.calculate_root_hash() != root:
        raise InclusionProofInvalid("the root is not that of the tiles")
    for index, record in request["records"].items():
        leaf = leaf_hash(b64decode(record))
        reader.get_inclusion_proof(int(index), size).check(leaf, root)
        path = [bytes.fromhex(each) for each in request["inclusions"][index]]
        InclusionProof(int(index), size, path).check(leaf, root)
    for old_size, old_root, path in request["consistencies"]:
        old = bytes.fromhex(old_root)
        if reader.mth(0, old_size) != old:
            raise ConsistencyProofInvalid("the old root is not that of the tiles")
        hashes = [bytes.fromhex(each) for each in path]
        if hashes != reader.get_consistency_proof(old_size, size).node_hashes:
            raise ConsistencyProofInvalid("the proof is not the one that RFC 6962 describes")
        ConsistencyProof(old_size, size, hashes).check(old, root)


answer = {}
try:
    check(json.load(sys.stdin))
except (InclusionProofInvalid, ConsistencyProofInvalid, RuntimeError) as error:
    answer = {"refused": str(error)}
json.dump(answer, sys.stdout)
