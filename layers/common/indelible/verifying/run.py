"""A run of records to be checked, the rules that hold for it, and the outcome of the check.

Three of these are made for every segment. They are NamedTuples, which cost less time than frozen
dataclasses: a chain may have a segment for each event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..chain.hashes import Head
from ..times import LATEST, format_time
from .breaks import Break


@dataclass(frozen=True, slots=True)
class Rules:
    """What must hold for every record of a chain, or of a file.

    `earliest` and `latest` bound created_at, inclusive, as `format_time` writes times.
    `may_omit` says whether a run may have leaf hashes without their records.
    `last_sequence` is for files, whose lines are numbered by counting. If a record hashes right and
    has another sequence, up to this one, counting goes on from there. Otherwise a missing line
    would make every later record a break. It is None for tables, which store sequences.
    """

    workspace_id: str
    earliest: str = ""
    latest: str = format_time(LATEST)
    may_omit: bool = False
    last_sequence: int | None = None


class Position(NamedTuple):
    """The last record that has been checked: what the next one has to follow.

    `created_at` is the text in the record, or "" before the first record of a file.
    """

    sequence: int
    event_hash: bytes
    created_at: str

    @property
    def head(self) -> Head:
        """The head of the chain there, without created_at."""
        return Head(self.sequence, self.event_hash, 0)


class Run(NamedTuple):
    """Consecutive records as they are stored, with their hashes.

    A record that is left out is None. `leaves` has a leaf hash for each record. `claims` has the
    event hash that is stored at the end of each segment, by the index of its last record.
    """

    records: Sequence[bytes | None]
    leaves: list[bytes]
    claims: Mapping[int, bytes]


class Outcome(NamedTuple):
    """The result of checking a run.

    `position` is where the next run begins; it has the claimed event hash where that differs from
    the computed one. `event_hashes` are the computed ones, as pairs of a sequence and the hashes
    from there on. `first_created_at` is that of the first record that can be read and has one.
    """

    breaks: Sequence[Break]
    position: Position
    event_hashes: Sequence[tuple[int, Sequence[bytes]]] = ()
    first_created_at: str | None = None
