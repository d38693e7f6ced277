"""Workspaces that grow, and the checkpoint function that covers them, over AWS in memory."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from indelible.aws.ledger import item_of
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, Head
from indelible.covering.growth import encode_note
from indelible.identifiers import UUID_ENTROPY_BYTES, uuid7
from indelible.times import SECOND
from indelible.writing.build_segment import build_segment

from .cloud import Cloud
from .events import typical_events
from .handlers import Context, Handler, load

WORKSPACES_A_NOTE = 1_000
"""Workspaces that one invocation of the indexer sees grow."""

_STOCK = 5_000
_begin = int(time.time()) - 86_400


class RunContext(Context):
    """The context of the checkpoint function, which has two minutes."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the whole time of an invocation."""
        return 120_000


@cache
def _stock() -> list[dict[str, object]]:
    return typical_events(_STOCK)


def workspace_ids(count: int) -> list[str]:
    """The ids of so many workspaces."""
    return [f"ws_{number:016d}" for number in range(count)]


@dataclass(slots=True)
class Deployment:
    """Chains in a table, and the log of their checkpoints."""

    cloud: Cloud = field(default_factory=Cloud)
    handler: Handler = field(default_factory=lambda: load("checkpoint"))
    heads: dict[str, Head] = field(default_factory=dict)
    _seconds: itertools.count[int] = field(default_factory=lambda: itertools.count(_begin))

    def start_cold(self) -> None:
        """Start the function in a new environment."""
        self.handler = load("checkpoint")

    def grow(self, counts: Mapping[str, int]) -> None:
        """Append a segment of so many records to each chain, and send notes of it."""
        stock, at = itertools.cycle(_stock()), next(self._seconds) * SECOND
        grown = {name: self._append(name, count, stock, at) for name, count in counts.items()}
        names = [*grown]
        for start in range(0, len(names), WORKSPACES_A_NOTE):
            noted = names[start : start + WORKSPACES_A_NOTE]
            self.cloud.send_note(encode_note({name: [grown[name]] for name in noted}))

    def _append(
        self, name: str, count: int, stock: Iterable[dict[str, object]], at: int
    ) -> int:
        queued = [
            QueuedEvent(uuid7(at // 1_000, os.urandom(UUID_ENTROPY_BYTES)), at, fields)
            for fields in itertools.islice(stock, count)
        ]
        segment = build_segment(name, self.heads.get(name, EMPTY), queued, os.urandom)
        if segment.count != count:
            raise RuntimeError(f"{count} typical events do not fit into one segment")
        self.cloud.table.put(item_of(segment))
        self.heads[name] = segment.head
        return segment.first_sequence

    def run(self) -> None:
        """Invoke the function once."""
        with self.cloud.answering():
            self.handler(_SCHEDULED, RunContext())


_SCHEDULED: dict[str, Any] = {}
