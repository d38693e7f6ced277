"""Segments of random events, and ledgers that are filled with them."""

from __future__ import annotations

import secrets

from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, Head
from indelible.chain.ledger import Ledger
from indelible.chain.segment import Segment
from indelible.identifiers import uuid7
from indelible.writing.build_segment import build_segment
from support.builders import an_event

NOW = 1_795_466_588_000_000


def event_id() -> str:
    return uuid7(NOW // 1_000, secrets.token_bytes(10))


def a_segment(workspace_id: str, head: Head = EMPTY, count: int = 2, **fields: object) -> Segment:
    events = [QueuedEvent(event_id(), NOW, an_event(**fields)) for _ in range(count)]
    return build_segment(workspace_id, head, events, secrets.token_bytes)


def fill(ledger: Ledger, workspace_id: str, segments: int) -> list[Segment]:
    filled: list[Segment] = []
    for _ in range(segments):
        head = filled[-1].head if filled else EMPTY
        filled.append(a_segment(workspace_id, head))
        ledger.append(filled[-1])
    return filled
