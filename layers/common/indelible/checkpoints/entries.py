"""The entries of the log, which is the only thing that the deployment signs.

Each is a few lines of UTF-8. The last entry of every signed tree is a run entry: the time of a run
and the root of its map. Other entries are rare and stand before it.

    indelible.run/v1        time, root of the map
    indelible.key/v1        time, a key that signs the log from now on (vkey)
    indelible.restart/v1    time, key of a row in hex, old epoch and old size, old root, size that
                            the new epoch begins with, SHA-256 of the operator's reason in hex
    indelible.continues/v1  time, origin, size and root of the log that this one goes on from

Times are in seconds since 1970, roots and hashes in base64 unless said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ..chain.hashes import HASH_BYTES
from ..errors import Unreadable
from ..tlog.keys import VerifierKey, is_key_name
from ..tlog.spelling import read_hash, read_number, read_text, to_base64

MAX_ENTRY_BYTES = 4_096
"""Bytes of an entry, at most. The longest holds one key or one origin."""

_HEX_HASH = re.compile(f"[0-9a-f]{{{2 * HASH_BYTES}}}")


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run: its time, never before that of an earlier entry, and the root of its map."""

    time: int
    map_root: bytes

    @property
    def encoded(self) -> bytes:
        """The entry's bytes."""
        return _encode("run", self.time, to_base64(self.map_root))


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A new key of the log. The tree that has this entry is still signed by an old key."""

    time: int
    key: VerifierKey

    @property
    def encoded(self) -> bytes:
        """The entry's bytes."""
        return _encode("key", self.time, self.key.text)


@dataclass(frozen=True, slots=True)
class RestartEntry:
    """A workspace that begins a new epoch, because its chain no longer is what was covered.

    `key` is that of its row in the map. The tree of the old epoch had `old_size` leaves. The new
    epoch keeps the first `kept_size` of them. The reason itself is not in the log.
    """

    time: int
    key: bytes
    old_epoch: int
    old_size: int
    old_root: bytes
    kept_size: int
    reason_sha256: bytes

    @property
    def lost(self) -> range:
        """The sequences of the covered records that the new epoch does not have."""
        return range(self.kept_size + 1, self.old_size + 1)

    @property
    def encoded(self) -> bytes:
        """The entry's bytes."""
        return _encode(
            "restart",
            self.time,
            self.key.hex(),
            f"{self.old_epoch} {self.old_size}",
            to_base64(self.old_root),
            self.kept_size,
            self.reason_sha256.hex(),
        )


@dataclass(frozen=True, slots=True)
class ContinuesEntry:
    """The first entry of a log that goes on from an older one: that log's last checkpoint."""

    time: int
    old_origin: str
    old_size: int
    old_root: bytes

    @property
    def encoded(self) -> bytes:
        """The entry's bytes."""
        return _encode(
            "continues", self.time, self.old_origin, self.old_size, to_base64(self.old_root)
        )


Entry: TypeAlias = RunEntry | KeyEntry | RestartEntry | ContinuesEntry


def read_entry(encoded: bytes) -> Entry:
    """Read exactly the bytes that an entry is encoded as. Raises Unreadable for all else."""
    text = read_text(encoded, MAX_ENTRY_BYTES, "the entry of the log")
    kind, *lines = text.split("\n")[:-1]
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable("an entry of the log has a kind that this version does not know")
    count, read = reader
    if len(lines) != count:
        raise Unreadable(f"an entry of the kind {kind} must have {count} more lines")
    return read(read_number(lines[0], "the time of an entry"), lines[1:])


def read_run_entry(encoded: bytes) -> RunEntry:
    """Read an entry that must be a run's. Raises Unreadable."""
    entry = read_entry(encoded)
    if not isinstance(entry, RunEntry):
        raise Unreadable("the entry is not that of a run")
    return entry


def read_hex_hash(text: str, what: str) -> bytes:
    """The 32 bytes of a SHA-256 hash in lower-case hex. Raises Unreadable."""
    if not _HEX_HASH.fullmatch(text):
        raise Unreadable(f"{what} is not {HASH_BYTES} bytes in lower-case hex")
    return bytes.fromhex(text)


def _encode(kind: str, *lines: object) -> bytes:
    return "".join(f"{each}\n" for each in (f"indelible.{kind}/v1", *lines)).encode()


def _read_run(time: int, lines: list[str]) -> RunEntry:
    return RunEntry(time, read_hash(lines[0], "the root of a map"))


def _read_key(time: int, lines: list[str]) -> KeyEntry:
    return KeyEntry(time, VerifierKey.read(lines[0]))


def _read_restart(time: int, lines: list[str]) -> RestartEntry:
    key, numbers, root, kept, reason = lines
    epoch, _, size = numbers.partition(" ")
    return RestartEntry(
        time,
        read_hex_hash(key, "the key of a row"),
        read_number(epoch, "the old epoch"),
        read_number(size, "the old size"),
        read_hash(root, "the old root"),
        read_number(kept, "the size that is kept"),
        read_hex_hash(reason, "the hash of a reason"),
    )


def _read_continues(time: int, lines: list[str]) -> ContinuesEntry:
    origin, size, root = lines
    if not is_key_name(origin):
        raise Unreadable("a continues entry must have the origin of a log")
    return ContinuesEntry(
        time, origin, read_number(size, "the old size"), read_hash(root, "the old root")
    )


_READERS: dict[str, tuple[int, Callable[[int, list[str]], Entry]]] = {
    "indelible.run/v1": (2, _read_run),
    "indelible.key/v1": (2, _read_key),
    "indelible.restart/v1": (6, _read_restart),
    "indelible.continues/v1": (4, _read_continues),
}
