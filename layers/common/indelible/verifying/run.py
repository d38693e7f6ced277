"""A run of records to check, the rules that it must follow, and the outcome of the check.

Position, Run and Outcome are made for every segment, and a chain may have a segment for each event.
So they are NamedTuples, which take less time to make than frozen dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..chain.hashes import Head
from ..chain.segment import Prefixes
from ..times import LATEST, format_time
from .breaks import Break


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for every record of a chain, or of a file.

    `earliest` and `latest` bound created_at, inclusive, as `format_time` writes times.
    `may_omit` says whether a run may have leaf hashes without their records.
    `last_sequence` is for files, whose lines are numbered by counting. If a record has the right
    hash but another sequence, up to this one, counting continues from there. Otherwise a missing
    line would make every later record a break. It is None for tables, which store sequences.
    """

    workspace_id: str
    earliest: str = ""
    latest: str = format_time(LATEST)
    may_omit: bool = False
    last_sequence: int | None = None


class Position(NamedTuple):
    """The last record that has been checked, which the next one must follow.

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

    A record that is left out is None. `leaves` has a leaf hash for each record. `claims` maps the
    index of the last record of each segment to the event hash that is stored with it.

    In a file, the leaf hashes are stored, and must be those of the records. In a segment they are
    computed from the records, and must begin with its `prefixes`, which are None for a file.
    """

    records: Sequence[bytes | None]
    leaves: list[bytes]
    claims: Mapping[int, bytes]
    prefixes: Prefixes | None = None


class Outcome(NamedTuple):
    """The result of checking a run.

    `position` is where the next run begins. It has the claimed event hash if that differs from the
    computed one. `event_hashes` has the computed hashes, as pairs of a sequence and the hashes from
    there on. `first_created_at` is the created_at of the first readable record.

    `leaves` has the leaf hash of each record, and `record_bytes` is the size of all records. Both
    are empty if there are breaks.
    """

    breaks: Sequence[Break]
    position: Position
    event_hashes: Sequence[tuple[int, Sequence[bytes]]] = ()
    first_created_at: str | None = None
    leaves: Sequence[bytes] = ()
    record_bytes: int = 0
