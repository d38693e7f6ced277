"""Makes `reference.tlog-proof` and `reference.policy`, without any code of ours.

    python tests/vectors/generate_proof.py

It proves the second event of `reference.json`. The log has seven entries and one key, two witnesses
cosigned it, and the map has 40 workspaces. It is a second implementation of the format: hashes are
the standard library's, signatures those of `cryptography`. Keys come from published seeds, so
nobody may trust them. A vector that has been published never changes.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER = Path(__file__).parent
ORIGIN = "audit.example.com/log"
TIME = 1_795_465_408
"""2026-11-23T20:23:28Z, twenty seconds after the events."""


def digest(*parts: bytes) -> bytes:
    """The SHA-256 of the parts, joined."""
    return sha256(b"".join(parts)).digest()


def b64(plain: bytes) -> str:
    """Standard base64."""
    return base64.b64encode(plain).decode()


def root(leaves: list[bytes]) -> bytes:
    """The root of some leaf hashes (RFC 6962, section 2.1)."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return digest(b"\x01", root(leaves[:split]), root(leaves[split:]))


def path(leaves: list[bytes], index: int) -> list[bytes]:
    """The inclusion path of a leaf (RFC 6962, section 2.1.1)."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(leaves[:split], index), root(leaves[split:])]
    return [*path(leaves[split:], index - split), root(leaves[:split])]


class Signer:
    """A key from a published seed, as C2SP's signed-note writes it."""

    def __init__(self, name: str, kind: int) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(digest(name.encode()))
        self.typed = bytes([kind]) + self.private.public_key().public_bytes_raw()
        self.key_id = digest(name.encode(), b"\n", self.typed)[:4]
        self.vkey = f"{name}+{self.key_id.hex()}+{b64(self.typed)}"

    def line(self, message: bytes, before: bytes = b"") -> str:
        """The line of a note with the signature of a message, and what goes before it."""
        return f"\u2014 {self.name} {b64(self.key_id + before + self.private.sign(message))}\n"

    def cosigned(self, text: str, time: int) -> str:
        """The line of a note with a cosignature (C2SP tlog-cosignature)."""
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        return self.line(message, time.to_bytes(8, "big"))


LOG = Signer(ORIGIN, 1)
WITNESSES = [Signer("one.example", 4), Signer("two.example", 4)]


def key(workspace_id: str) -> bytes:
    """The key of a workspace's row."""
    return digest(b"indelible.workspace/v1\n", workspace_id.encode())


def proof_file() -> bytes:
    """The proof file."""
    chain = json.loads((FOLDER / "reference.json").read_text("utf-8"))
    workspace, records = chain["workspace_id"], [r["record"].encode() for r in chain["records"]]
    leaves = [digest(b"\x00", each) for each in records]
    text = f"{ORIGIN}/{workspace}/0\n{len(leaves)}\n{b64(root(leaves))}\n"

    others = {key(f"ws_{n}"): digest(b"checkpoint %d" % n) for n in range(39)}
    rows = sorted({**others, key(workspace): digest(text.encode())}.items())
    shelves = [b"".join(k + v for k, v in rows if k[0] << 4 | k[1] >> 4 == n) for n in range(4096)]
    map_leaves = [digest(b"\x00", each) for each in shelves]
    place = int(key(workspace).hex()[:3], 16)

    entry = f"indelible.run/v1\n{TIME}\n{b64(root(map_leaves))}\n".encode()
    log = [digest(b"\x00", b"entry %d" % n) for n in range(6)] + [digest(b"\x00", entry)]
    note = f"{ORIGIN}\n{len(log)}\n{b64(root(log))}\n"
    signatures = [LOG.line(note.encode()), *(w.cosigned(note, TIME + 2) for w in WITNESSES)]

    extra = [
        "indelible.proof/v1",
        *text.splitlines(),
        f"time {TIME}",
        f"rows {b64(shelves[place])}",
    ]
    extra += [f"map {b64(each)}" for each in path(map_leaves, place)]
    extra += ["event 1", *(f"path {b64(each)}" for each in path(leaves, 1)), "", ""]
    inner = "\n".join(extra).encode() + records[1]
    lines = ["c2sp.org/tlog-proof@v1", f"extra {b64(inner)}", "index 6", *map(b64, path(log, 6))]
    return "\n".join([*lines, "", note, "".join(signatures)]).encode()


def policy() -> bytes:
    """A policy that trusts the log and wants both witnesses."""
    witnesses = [f"witness w{n} {each.vkey}" for n, each in enumerate(WITNESSES, 1)]
    lines = [f"log {LOG.vkey}", *witnesses, "group both all w1 w2", "quorum both", ""]
    return "\n".join(lines).encode()


def main() -> None:
    """Write both files."""
    (FOLDER / "reference.tlog-proof").write_bytes(proof_file())
    (FOLDER / "reference.policy").write_bytes(policy())


if __name__ == "__main__":
    main()
