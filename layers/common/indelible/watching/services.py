"""What the watcher works with."""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.ledger import Ledger
from ..covering.ports import States
from ..index.ports import Index
from ..proving.ports import Anchors
from .ports import (
    ListedWorkspaces,
    Positions,
    ReadTurn,
    SentNotes,
    Verdicts,
    VersionedBucket,
)


@dataclass(frozen=True, slots=True)
class Services:
    """What the watcher works with. A round of it takes `scrub_days` at most."""

    ledger: Ledger
    index: Index
    bucket: VersionedBucket
    states: States
    turns: ReadTurn
    notes: SentNotes
    workspaces: ListedWorkspaces
    verdicts: Verdicts
    positions: Positions
    anchors: Anchors
    scrub_days: int
