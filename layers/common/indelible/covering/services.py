"""What a run works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..chain.ledger import Ledger
from .ports import GrowthNotes, LockedBucket, Signer, States, Turns, Witness
from .tile_edge import UnfinishedTiles


@dataclass(frozen=True, slots=True)
class Services:
    """What a run works with. `signers` are the keys of the log, the present one first.

    `unfinished` is what this process remembers of trees, from one run to the next.
    """

    ledger: Ledger
    bucket: LockedBucket
    states: States
    turns: Turns
    notes: GrowthNotes
    signers: Sequence[Signer]
    witnesses: Sequence[Witness]
    origin: str
    table_arn: str
    unfinished: UnfinishedTiles = field(default_factory=UnfinishedTiles)
