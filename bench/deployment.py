"""Workspaces that grow, and the checkpoint function that covers them, over AWS in memory."""

from __future__ import annotations

import io
import itertools
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar
from unittest.mock import patch

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
_BEGIN = 1_795_424_400
MINUTE = 60


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
    """Chains in a table, and the log of their checkpoints. `now` is in microseconds.

    `log` is what the function writes, of all deployments: Powertools keeps the first output.
    """

    cloud: Cloud = field(default_factory=Cloud)
    heads: dict[str, Head] = field(default_factory=dict)
    now: int = _BEGIN * SECOND
    log: ClassVar[io.StringIO] = io.StringIO()
    handler: Handler = field(init=False)

    def __post_init__(self) -> None:
        self.start_cold()

    def start_cold(self) -> None:
        """Start the function in a new environment. It has the clock of this deployment."""
        with patch("indelible.runtime.clock.now", lambda: self.now), redirect_stdout(self.log):
            self.handler = load("checkpoint")

    def grow(self, counts: Mapping[str, int]) -> None:
        """Append a segment of so many records to each chain, and send notes of it."""
        stock = itertools.cycle(_stock())
        grown = {name: self._append(name, count, stock) for name, count in counts.items()}
        names = [*grown]
        for start in range(0, len(names), WORKSPACES_A_NOTE):
            noted = names[start : start + WORKSPACES_A_NOTE]
            self.cloud.send_note(encode_note({name: [grown[name]] for name in noted}))

    def _append(self, name: str, count: int, stock: Iterable[dict[str, object]]) -> int:
        queued = [
            QueuedEvent(uuid7(self.now // 1_000, os.urandom(UUID_ENTROPY_BYTES)), self.now, fields)
            for fields in itertools.islice(stock, count)
        ]
        segment = build_segment(name, self.heads.get(name, EMPTY), queued, os.urandom)
        if segment.count != count:
            raise RuntimeError(f"{count} typical events do not fit into one segment")
        self.cloud.table.put(item_of(segment))
        self.heads[name] = segment.head
        return segment.first_sequence

    def run(self, after: int = MINUTE, *, http: bool = True) -> float:
        """Invoke the function once, so many seconds later. Returns its processor seconds.

        botocore is left out unless `http`.
        """
        self.now += after * SECOND
        answering = self.cloud.answering_http() if http else self.cloud.answering()
        with answering, redirect_stdout(self.log):
            start = time.process_time()
            self.handler({}, RunContext())
            return time.process_time() - start
