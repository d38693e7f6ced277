"""Makes a log with aics-tlog: {size, folder} -> all that somebody may check of it.

Entries are `entry 0` and so on. {keys: [log, witness], notes: {size: note}, roots: [root of each
size], inclusions: {index: [hash]}, consistencies: {size: [hash]}}: all proofs lead to the tree of
`size` entries, and hashes are in hex. The folder gets its tiles and its checkpoint. `paths` has
where they look for tiles: [[level, number, width, path]], the width null if full.
"""

import json
import sys

from aics_tlog import (
    Checkpoint,
    DirectoryTileStore,
    IncrementalTileWriter,
    MerkleTree,
    Note,
    cosignature_vkey,
    format_vkey,
    sign_checkpoint,
    sign_cosignature,
    vkey_from_ed25519,
)
from aics_tlog.tiles import tile_path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TILES = [
    (level, number, width)
    for level in (0, 1, 5)
    for number in (0, 999, 1_000, 1_000_000, 1_234_067)
    for width in (1, 255, None)
]
LOG, WITNESS, TIME = "log.example/theirs", "witness.example/theirs", 1_795_435_262

request = json.load(sys.stdin)
size = request["size"]
log_key, witness_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
tree = MerkleTree([b"entry %d" % number for number in range(size)])


def note_of(size: int) -> Note:
    signed = sign_checkpoint(Checkpoint(LOG, size, tree.root(size)), log_key, LOG)
    _, cosigned = sign_cosignature(witness_key, WITNESS, TIME, LOG, size, tree.root(size))
    return Note(text=signed.text, signatures=(cosigned, *signed.signatures))


def in_hex(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


store = DirectoryTileStore(request["folder"])
IncrementalTileWriter(store, size=0).append([b"entry %d" % number for number in range(size)])
store.write_checkpoint(note_of(size).to_bytes())
json.dump(
    {
        "keys": [
            format_vkey(vkey_from_ed25519(LOG, log_key.public_key())),
            format_vkey(cosignature_vkey(WITNESS, witness_key.public_key())),
        ],
        "notes": {each: note_of(each).to_bytes().decode() for each in (0, 1, 7, size)},
        "paths": [[*each, tile_path(*each)] for each in TILES],
        "roots": in_hex([tree.root(each) for each in range(size + 1)]),
        "inclusions": [in_hex(tree.inclusion_proof(each)) for each in range(size)],
        "consistencies": [in_hex(tree.consistency_proof(each, size)) for each in range(size + 1)],
    },
    sys.stdout,
)
