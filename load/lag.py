"""Measures lag: the time from the 202 until the event can be read from the table.

A few times a second it looks for the next segment of every workspace. The key of that segment is
known, because segments follow each other without gaps. So one BatchGetItem serves all workspaces.
"""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from indelible.aws.ledger import segment_of
from indelible.aws.table import Table, chain_pk, key, segment_sk
from indelible.chain.record import read_headers
from indelible.chain.segment import read_records

if TYPE_CHECKING:
    from indelible.aws.table import ReadItem

POLL_SECONDS = 0.25
_KEYS_A_CALL = 100


@dataclass(slots=True)
class Lags:
    """Matches the time of an id's 202 with the time when it was seen in the table.

    Either may come first. `seconds` has the lag of every matched event.
    """

    seconds: array[float] = field(default_factory=lambda: array("d"))
    _accepted: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def accepted(self, ids: Sequence[str]) -> None:
        """Note that a 202 with these ids arrived just now."""
        now = time.monotonic()
        with self._lock:
            for each in ids:
                if self._seen.pop(each, None) is None:
                    self._accepted[each] = now
                else:
                    self.seconds.append(0.0)

    def seen(self, ids: Sequence[str]) -> None:
        """Note that these ids were found in the table just now."""
        now = time.monotonic()
        with self._lock:
            for each in ids:
                accepted = self._accepted.pop(each, None)
                if accepted is None:
                    self._seen[each] = now
                else:
                    self.seconds.append(now - accepted)

    @property
    def waiting(self) -> int:
        """The number of accepted events that have not been seen in the table."""
        return len(self._accepted)

    @property
    def oldest(self) -> float:
        """The seconds for which the oldest of them has waited; 0 if there is none."""
        with self._lock:
            first = min(self._accepted.values(), default=None)
        return 0.0 if first is None else time.monotonic() - first


@dataclass(slots=True)
class Poller:
    """Looks for new segments until `stop` is set."""

    table: Table
    lags: Lags
    next_sequences: dict[str, int]
    failures: int = 0

    def run(self, stop: threading.Event) -> None:
        """Poll until `stop` is set. If the table does not answer, try again with the next poll."""
        while not stop.wait(POLL_SECONDS):
            try:
                while self._look():
                    pass
            except (ClientError, BotoCoreError):
                self.failures += 1

    def _look(self) -> int:
        """Look once; returns the number of new segments."""
        wanted = [
            key(chain_pk(workspace_id), segment_sk(sequence))
            for workspace_id, sequence in self.next_sequences.items()
        ]
        found = 0
        for start in range(0, len(wanted), _KEYS_A_CALL):
            for item in self._read(wanted[start : start + _KEYS_A_CALL]):
                segment = segment_of(item)
                self.next_sequences[segment.workspace_id] = segment.last_sequence + 1
                self.lags.seen([each.id for each in read_headers(read_records(segment))])
                found += 1
        return found

    def _read(self, keys: list[Any]) -> list[ReadItem]:
        answer = self.table.client.batch_get_item(
            RequestItems={self.table.name: {"Keys": keys, "ConsistentRead": True}}
        )
        return list(answer["Responses"].get(self.table.name, []))


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: `share` is between 0 and 1. NaN without values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(1, math.ceil(share * len(ordered))) - 1]
