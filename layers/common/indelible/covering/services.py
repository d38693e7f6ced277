"""What a run works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..chain.ledger import Ledger
from .ports import GrowthNotes, LockedBucket, Signer, States, Turns, Witness
from .tile_edge import RememberedEdges


@dataclass(frozen=True, slots=True)
class Services:
    """What a run works with. `signers` are the keys of the log, the present one first.

    `remembered` are the edges of trees that this process has seen, from one run to the next.
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
    remembered: RememberedEdges = field(default_factory=RememberedEdges)
