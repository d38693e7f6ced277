"""The directory: maps times and sequences to segments, so that few calls find them.

It keeps *landmarks*: the sequence and created_at of the first record of some segments. created_at
strictly increases along the chain, so any time is between two neighbouring landmarks. Each block's
directory also has the starts of all its segments (`starts.py`), and when the events of its slices
happened (`occurred.py`).
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from ..bounded_inflate import inflate
from ..chain.ledger import LAST_SEQUENCE
from ..errors import Unreadable
from ..times import LATEST
from .columns import SIGNED_8, distances, read_column, write_column
from .levels import GEOMETRY, Geometry
from .occurred import Slices, decode_slices, encode_slices
from .ports import Index
from .starts import NO_STARTS, Starts, decode_starts, encode_starts, size_of_starts

REMEMBERED = 500_000
"""Maximum number of landmarks over all chains, 16 bytes each: enough for 50 million events."""

_VERSION, _WITHOUT_SLICES = b"\x02", b"\x01"
"""The first byte of a directory with starts, and of one from before there were slices. Directories
without starts begin with a zero byte: that of their first landmark's sequence. Empty ones have no
byte."""

_NUMBER_BYTES = 8
_MAX_PLAIN_BYTES = (
    len(_VERSION) + size_of_starts(GEOMETRY.narrow.span) + 4 * _NUMBER_BYTES * GEOMETRY.narrow.span
)


class Landmark(NamedTuple):
    """The first record of a segment: its sequence, and its created_at in microseconds."""

    sequence: int
    time: int


class BlockDirectory(NamedTuple):
    """The directory of a narrow block. One that was stored without starts or slices has none."""

    landmarks: list[Landmark]
    starts: Starts = NO_STARTS
    occurred: Slices = ()


BLANK_DIRECTORY = BlockDirectory([])


def encode_directory(directory: BlockDirectory, span: int) -> bytes:
    """Encode the directory of a block with `span` sequences.

    It is zlib over the version, the starts, the slices, all sequences of the landmarks, then all
    their times. Each number of the landmarks is a signed 8-byte big-endian integer, the difference
    to the one before.
    """
    landmarks, starts, occurred = directory
    sequences = write_column(SIGNED_8, distances(each.sequence for each in landmarks))
    times = write_column(SIGNED_8, distances(each.time for each in landmarks))
    return zlib.compress(
        _VERSION + encode_starts(starts, span) + encode_slices(occurred) + sequences + times
    )


def decode_directory(stored: bytes, span: int) -> BlockDirectory:
    """Decode the directory of a block. Raises Unreadable for invalid bytes or a newer version."""
    plain = inflate(stored, _MAX_PLAIN_BYTES)
    if plain[:1] in (b"", b"\x00"):
        return BlockDirectory(_landmarks_of(plain))
    slices_at = len(_VERSION) + size_of_starts(span)
    if plain[:1] not in (_VERSION, _WITHOUT_SLICES) or len(plain) < slices_at:
        raise Unreadable("a directory of the index is cut off, or of a newer version")
    starts, rest = decode_starts(plain[len(_VERSION) : slices_at]), plain[slices_at:]
    if plain[:1] == _WITHOUT_SLICES:
        return BlockDirectory(_landmarks_of(rest), starts)
    occurred, rest = decode_slices(rest, span)
    return BlockDirectory(_landmarks_of(rest), starts, occurred)


def _landmarks_of(plain: bytes) -> list[Landmark]:
    if len(plain) % (2 * _NUMBER_BYTES):
        raise Unreadable("a directory of the index is cut off")
    middle = len(plain) // 2
    sequences = accumulate(read_column(SIGNED_8, plain[:middle]))
    times = accumulate(read_column(SIGNED_8, plain[middle:]))
    landmarks = [*map(Landmark, sequences, times)]
    if not all(1 <= at <= LAST_SEQUENCE and 0 <= time <= LATEST for at, time in landmarks):
        raise Unreadable("a directory of the index has a sequence or time that no chain can have")
    return landmarks


@dataclass(slots=True)
class Places:
    """The landmarks of one chain, in order, and the number of blocks they come from.

    Between two landmarks there are at least `apart` records.

    A landmark may be wrong: somebody else may have written the directory it comes from, or changed
    the segment and put it back. So a landmark only says where to begin reading, and readers check
    it there.
    """

    apart: int = GEOMETRY.apart
    blocks: int = 0
    is_loaded: bool = False
    _sequences: array[int] = field(default_factory=lambda: array(SIGNED_8))
    _times: array[int] = field(default_factory=lambda: array(SIGNED_8))

    def __len__(self) -> int:
        return len(self._sequences)

    def around(self, time: int) -> tuple[int, int | None]:
        """Return bounds (low, high) for the first record with created_at >= `time` (microseconds).

        The segment with that record starts in low..high. high is None past the last landmark.
        """
        place = bisect_right(self._times, time)
        low = self._sequences[place - 1] if place else 1
        return low, self._sequences[place] if place < len(self) else None

    def load(self, index: Index, workspace_id: str) -> None:
        """Read the landmarks of blocks that are new since the last call.

        Directories that cannot be read are skipped: there, readers search the chain itself. Raises
        Unavailable.
        """
        for block, stored in index.directories(workspace_id, self.blocks):
            with suppress(Unreadable):
                for landmark in decode_directory(stored, index.geometry.narrow.span).landmarks:
                    self.learn(landmark)
            self.blocks = block + 1
        self.is_loaded = True

    def learn(self, landmark: Landmark) -> None:
        """Keep the landmark, unless another one is near or it contradicts the order of a chain."""
        place = bisect_left(self._sequences, landmark.sequence)
        is_first, is_last = place == 0, place == len(self)
        if not is_first and (
            landmark.sequence < self._sequences[place - 1] + self.apart
            or landmark.time <= self._times[place - 1]
        ):
            return
        if not is_last and (
            self._sequences[place] < landmark.sequence + self.apart
            or self._times[place] <= landmark.time
        ):
            return
        self._sequences.insert(place, landmark.sequence)
        self._times.insert(place, landmark.time)


@dataclass(frozen=True, slots=True)
class Directory:
    """The landmarks that a function keeps between invocations. Only `chains` itself is fixed."""

    geometry: Geometry = GEOMETRY
    chains: dict[str, Places] = field(default_factory=dict)
    remembered: int = REMEMBERED

    def of(self, workspace_id: str) -> Places:
        """Return the landmarks of this chain; forgets the chains used longest ago if necessary."""
        places = self.chains.pop(workspace_id, None)
        if places is None:
            places = Places(self.geometry.apart)
        self.chains[workspace_id] = places
        while len(self.chains) > 1 and sum(map(len, self.chains.values())) > self.remembered:
            del self.chains[next(iter(self.chains))]
        return places

    def forget(self, workspace_id: str) -> None:
        """Forget a chain because a landmark was wrong; the next use loads it again."""
        self.chains.pop(workspace_id, None)
