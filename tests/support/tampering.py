"""A chain to tamper with, and the breaks that the verifier finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from indelible.chain.segment import Segment
from indelible.verifying.segments import Break, verify

from support.builders import (
    WORKSPACE,
    a_chain,
)

CHAIN = a_chain(9, 3)
"""Three segments of three records; tests change the second."""


def breaks_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[Break]:
    """Every break that is found in a chain."""
    return [each for step in verify(workspace_id, chain) for each in step.breaks]


def types_of(chain: list[Segment], workspace_id: str = WORKSPACE) -> list[tuple[str, int]]:
    """The same, as type and sequence only."""
    return [(each.type.value, each.sequence) for each in breaks_of(chain, workspace_id)]


def with_middle(**changes: Any) -> list[Segment]:
    """The chain with its second segment changed."""
    return [CHAIN[0], replace(CHAIN[1], **changes), CHAIN[2]]
