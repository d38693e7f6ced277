"""Trees of RFC 6962, section 2.1, word for word and slow, to compare the fast ones with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from indelible.tlog.compact_range import CompactRange
from indelible.tlog.tiles import RightEdge


def leaf(number: int) -> bytes:
    """A leaf hash that no other number has."""
    return sha256(b"\x00leaf %d" % number).digest()


LEAVES = [leaf(number) for number in range(700)]


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """The largest power of two below the size."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of section 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(len(leaves))
    return node(slow_root(leaves[:split]), slow_root(leaves[split:]))


def slow_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    split = split_of(len(leaves))
    if index < split:
        return [*slow_path(index, leaves[:split]), slow_root(leaves[split:])]
    return [*slow_path(index - split, leaves[split:]), slow_root(leaves[:split])]


def slow_proof(old_size: int, leaves: Sequence[bytes], *, is_known: bool = True) -> list[bytes]:
    """PROOF of section 2.1.2; with `is_known` its SUBPROOF's `b`."""
    if old_size == len(leaves):
        return [] if is_known else [slow_root(leaves)]
    split = split_of(len(leaves))
    if old_size <= split:
        left = slow_proof(old_size, leaves[:split], is_known=is_known)
        return [*left, slow_root(leaves[split:])]
    right = slow_proof(old_size - split, leaves[split:], is_known=False)
    return [*right, slow_root(leaves[:split])]


@cache
def same_root(size: int) -> bytes:
    """The root of as many leaves as wanted, all of them the same."""
    if size == 1:
        return leaf(0)
    split = split_of(size)
    return node(same_root(split), same_root(size - split))


@dataclass(frozen=True)
class HugeTree:
    """A tree of any size: all leaves are the same but one, whose index is `marked`."""

    size: int
    marked: int

    def leaf_hash(self, index: int) -> bytes:
        return leaf(1 if index == self.marked else 0)

    def root(self, start: int = 0, stop: int | None = None) -> bytes:
        """The root over the leaves from `start` to before `stop`."""
        stop = self.size if stop is None else stop
        if not start <= self.marked < stop:
            return same_root(stop - start)
        if stop - start == 1:
            return self.leaf_hash(start)
        split = start + split_of(stop - start)
        return node(self.root(start, split), self.root(split, stop))

    def path(self, index: int, start: int = 0, stop: int | None = None) -> list[bytes]:
        """PATH of section 2.1.1."""
        stop = self.size if stop is None else stop
        if stop - start == 1:
            return []
        split = start + split_of(stop - start)
        if index < split:
            return [*self.path(index, start, split), self.root(split, stop)]
        return [*self.path(index, split, stop), self.root(start, split)]

    def row(self, level: int, number: int, width: int) -> bytes:
        """The joined hashes of a tile: c2sp.org/tlog-tiles, "Merkle Tree"."""
        leaves = 256**level
        first = number * 256
        hashes = [self.root((first + n) * leaves, (first + n + 1) * leaves) for n in range(width)]
        return b"".join(hashes)

    def read_tile(self, level: int, number: int, width: int) -> bytes:
        """A tile that exists in this tree, in its width."""
        assert width == min(256, self.size // 256**level - number * 256)
        assert width > 0
        return self.row(level, number, width)

    def compact_range(self) -> CompactRange:
        """The perfect subtrees: one for each bit of the size, the largest first."""
        hashes, start = [], 0
        for bit in reversed(range(self.size.bit_length())):
            if self.size & 1 << bit:
                hashes.append(self.root(start, start + (1 << bit)))
                start += 1 << bit
        return CompactRange(self.size, tuple(hashes))

    def edge(self) -> RightEdge:
        """The unfinished tile of each level."""
        rows, level = [], 0
        while self.size // 256**level:
            full, width = divmod(self.size // 256**level, 256)
            rows.append(self.row(level, full, width))
            level += 1
        return RightEdge(self.size, tuple(rows))


HUGE_SIZES = sorted(
    {
        (1 << bits) + more
        for bits in range(9, 33)
        for more in (-257, -256, -2, -1, 0, 1, 2, 255, 256)
    }
)
"""Sizes around each power of two up to 2 ** 32."""
