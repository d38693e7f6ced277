"""The core's Protocols in memory, which fail when and how a test says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from indelible.accounts.keys import ApiKey
from indelible.accounts.limits import Charge, Limits
from indelible.chain.fields import QueuedEvent
from indelible.chain.ledger import Ledger
from indelible.chain.segment import Damaged, Segment
from indelible.errors import (
    Backlogged,
    QuotaExceeded,
    RateLimited,
    SequenceTaken,
    Unavailable,
)
from indelible.ingest.ports import Claim
from indelible.writing.append import Appender
from indelible.writing.dedup import Chained
from indelible.writing.delivery import Writer
from indelible.writing.kept_look_up import LookUpStore
from indelible.writing.patience import Patience
from indelible.writing.tail import Tail

from support.builders import WORKSPACE, counted_entropy, tries

_MINUTE = 60 * 1_000_000


@dataclass
class Faults:
    """What goes wrong: a fault per call of a method, first come first served.

    `before` raises Unavailable in place of the effect, `after` once it has taken place (a lost
    reply). `interrupt` runs first in every call, so that a test can do anything in between.
    """

    calls: list[str] = field(default_factory=list)
    planned: dict[str, list[str | None]] = field(default_factory=dict)
    interrupt: Callable[[str], None] | None = None

    def plan(self, method: str, *faults: str | None) -> None:
        """The faults of the next calls of a method: "before", "after" or None."""
        self.planned.setdefault(method, []).extend(faults)

    def entered(self, method: str) -> Callable[[], None]:
        """Begin a call; the result is to be called once its effect has taken place."""
        self.calls.append(method)
        if self.interrupt:
            self.interrupt(method)
        faults = self.planned.get(method)
        fault = faults.pop(0) if faults else None
        if fault == "before":
            raise Unavailable(f"{method} was not done")

        def done() -> None:
            if fault == "after":
                raise Unavailable(f"the reply of {method} was lost")

        return done


@dataclass
class MemoryLedger:
    """`chain.ledger.Ledger`."""

    faults: Faults = field(default_factory=Faults)
    chains: dict[str, dict[int, Segment]] = field(default_factory=dict)

    def chain(self, workspace_id: str) -> list[Segment]:
        """The segments of a chain, in order; for assertions, it cannot fail."""
        stored = self.chains.get(workspace_id, {})
        return [stored[first] for first in sorted(stored)]

    def load(self, segments: list[Segment]) -> None:
        """Put a chain there."""
        for segment in segments:
            self.chains.setdefault(segment.workspace_id, {})[segment.first_sequence] = segment

    def newest(self, workspace_id: str) -> Segment | None:
        """The last segment."""
        done = self.faults.entered("newest")
        found = self.chain(workspace_id)[-1:]
        done()
        return found[0] if found else None

    def at_or_before(self, workspace_id: str, sequence: int) -> Segment | None:
        """The last segment that begins at `sequence` or before."""
        assert sequence >= 1, "DynamoDB refuses BETWEEN with its bounds the wrong way round"
        done = self.faults.entered("at_or_before")
        found = [s for s in self.chain(workspace_id) if s.first_sequence <= sequence][-1:]
        done()
        return found[0] if found else None

    def ascending(
        self, workspace_id: str, first: int, last: int | None = None
    ) -> Iterator[Segment]:
        """The segments that begin there, in one call if `last` is given, else a call for each two.

        A call stands for a page on AWS.
        """
        start = first
        while True:
            done = self.faults.entered("ascending")
            page = [s for s in self.chain(workspace_id) if s.first_sequence >= start]
            if last is None:
                page = page[:2]
            else:
                assert first <= last, "DynamoDB refuses BETWEEN with its bounds the wrong way round"
                page = [s for s in page if s.first_sequence <= last]
            done()
            yield from page
            if last is not None or len(page) < 2:
                return
            start = page[-1].first_sequence + 1

    def stored(self, workspace_id: str, first: int) -> Iterator[Segment | Damaged]:
        """What is stored; here nothing is damaged."""
        return self.ascending(workspace_id, first)

    def descending(self, workspace_id: str, last: int, page_size: int) -> Iterator[Segment]:
        """The segments from `last` down: a call for the first page, then for each two."""
        start, size = last, page_size
        while True:
            done = self.faults.entered("descending")
            page = [s for s in self.chain(workspace_id) if s.first_sequence <= start][-size:]
            done()
            if not page:
                return
            yield from reversed(page)
            start, size = page[0].first_sequence - 1, 2

    def append(self, segment: Segment) -> None:
        """Store the segment unless one is there."""
        done = self.faults.entered("append")
        stored = self.chains.setdefault(segment.workspace_id, {})
        if segment.first_sequence in stored:
            raise SequenceTaken(str(segment.first_sequence))
        stored[segment.first_sequence] = segment
        done()


@dataclass
class MemoryIndex:
    """`index.port.RepairableIndex`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, int, int, int], bytes] = field(default_factory=dict)
    written: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def pages(
        self, workspace_id: str, level: int, shard: int, first_block: int, last_block: int
    ) -> Iterator[tuple[int, bytes]]:
        """The pages, newest first, a call for each two."""
        place = (workspace_id, level, shard)
        held = sorted((key[3] for key in self.stored if key[:3] == place), reverse=True)
        blocks = [block for block in held if first_block <= block <= last_block]
        for start in range(0, len(blocks) or 1, 2):
            self.faults.entered("pages")()
            for block in blocks[start : start + 2]:
                yield block, self.stored[*place, block]

    def directories(self, workspace_id: str, first_block: int) -> Iterator[tuple[int, bytes]]:
        """The directories, in one call."""
        self.faults.entered("directories")()
        for owner, block in sorted(self.written):
            if owner == workspace_id and block >= first_block:
                yield block, self.written[owner, block]

    def newest_directory(self, workspace_id: str) -> int | None:
        """The last directory's block."""
        self.faults.entered("newest_directory")()
        return max((block for owner, block in self.written if owner == workspace_id), default=None)

    def put_page(self, workspace_id: str, level: int, shard: int, block: int, page: bytes) -> None:
        """Store a page."""
        done = self.faults.entered("put_page")
        self.stored[workspace_id, level, shard, block] = page
        done()

    def put_directory(self, workspace_id: str, block: int, directory: bytes) -> None:
        """Store a directory."""
        done = self.faults.entered("put_directory")
        self.written[workspace_id, block] = directory
        done()

    def remove_directory(self, workspace_id: str, block: int) -> None:
        """Remove a directory."""
        done = self.faults.entered("remove_directory")
        self.written.pop((workspace_id, block), None)
        done()


@dataclass
class MemoryLookUps:
    """`writing.kept_look_up.LookUpItems`."""

    faults: Faults = field(default_factory=Faults)
    kept: dict[str, bytes] = field(default_factory=dict)

    def find(self, workspace_id: str) -> bytes | None:
        """The item's bytes."""
        done = self.faults.entered("find_look_up")
        found = self.kept.get(workspace_id)
        done()
        return found

    def keep(self, workspace_id: str, signed: bytes) -> None:
        """Replace the item."""
        done = self.faults.entered("keep_look_up")
        self.kept[workspace_id] = signed
        done()

    def store(self) -> LookUpStore:
        """The store over it, with a key."""
        return LookUpStore(self, lambda: b"a key")


@dataclass
class MemoryKeys:
    """`accounts.keys.Keys`."""

    keys: dict[str, ApiKey] = field(default_factory=dict)

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix."""
        return self.keys.get(prefix)


@dataclass
class MemoryClaims:
    """`ingest.ports.Claims`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, str], Claim] = field(default_factory=dict)

    def find(self, workspace_id: str, keys: list[str]) -> dict[str, Claim]:
        """The claims there are."""
        done = self.faults.entered("find")
        found = {k: self.stored[workspace_id, k] for k in keys if (workspace_id, k) in self.stored}
        done()
        return found

    def take(self, workspace_id: str, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """Claim what is free; return the others' claims."""
        done = self.faults.entered("take")
        lost: dict[str, Claim] = {}
        for key, claim in claims.items():
            stands = self.stored.setdefault((workspace_id, key), claim)
            if stands != claim:
                lost[key] = stands
        done()
        return lost


@dataclass
class MemoryUsage:
    """`ingest.ports.Usage` and `writing.ports.Backlog`."""

    faults: Faults = field(default_factory=Faults)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    bytes: Counter[tuple[str, int]] = field(default_factory=Counter)
    repeats: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused_until: dict[tuple[str, str], int] = field(default_factory=dict)

    def reserve(self, workspace_id: str, charge: Charge, limits: Limits, now: int) -> None:
        """Count a request and its charge."""
        done = self.faults.entered("reserve")
        month, minute = (workspace_id, _month(now)), (workspace_id, now // _MINUTE)
        if charge.events and self.events[month] + charge.events > limits.events_per_month:
            raise QuotaExceeded("events left", retry_after=86_400)
        if self.requests[minute] >= limits.requests_per_minute:
            raise RateLimited("requests a minute", retry_after=60)
        if self.bytes[minute] + charge.bytes > limits.bytes_per_minute:
            raise RateLimited("bytes of events a minute", retry_after=60)
        if charge.repeats and self.repeats[minute] + charge.repeats > limits.repeats_per_minute:
            raise RateLimited("may repeat", retry_after=60)
        if now < self.refused_until.get(month, 0) <= now + 2 * _MINUTE:
            raise Backlogged("wait to be chained", retry_after=30)
        self.events[month] += charge.events
        self.requests[minute] += 1
        self.bytes[minute] += charge.bytes
        self.repeats[minute] += charge.repeats
        done()

    def refuse(self, workspace_id: str, now: int) -> None:
        """Refuse the workspace for a minute, if it has used anything this month."""
        done = self.faults.entered("refuse")
        month = workspace_id, _month(now)
        if month in self.events:
            self.refused_until[month] = now + _MINUTE
        done()

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events."""
        done = self.faults.entered("give_back")
        self.events[workspace_id, _month(now)] -= events
        done()


@dataclass
class MemoryQueue:
    """`ingest.ports.Queue` and `writing.ports.DeadLetters`."""

    faults: Faults = field(default_factory=Faults)
    sent: list[tuple[str, str]] = field(default_factory=list)
    quarantined: list[tuple[str, str, str, str]] = field(default_factory=list)

    def send(self, workspace_id: str, body: str) -> None:
        """Take a message."""
        done = self.faults.entered("send")
        self.sent.append((workspace_id, body))
        done()

    def quarantine(self, group: str, message_id: str, body: str, reason: str) -> None:
        """Take a message that never can be chained."""
        done = self.faults.entered("quarantine")
        self.quarantined.append((group, message_id, body, reason))
        done()


def _month(now: int) -> str:
    return datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y-%m")


def writer_on(
    ledger: MemoryLedger,
    dead_letters: MemoryQueue | None = None,
    look_ups: MemoryLookUps | None = None,
    entropy: Callable[[int], bytes] | None = None,
) -> Writer:
    """A new writer on this ledger, with whatever else it needs."""
    return Writer(
        ledger,
        (look_ups or MemoryLookUps()).store(),
        dead_letters or MemoryQueue(),
        entropy or counted_entropy(),
    )


def chained_on(
    ledger: Ledger,
    events: Iterable[QueuedEvent],
    is_over: Callable[[], bool] = lambda: False,
    look_ups: MemoryLookUps | None = None,
    workspace_id: str = WORKSPACE,
) -> Chained:
    """What a delivery of these events knows of the chain at first: nothing."""
    times = {event.id: event.received_at for event in events}
    return Chained(ledger, (look_ups or MemoryLookUps()).store(), workspace_id, times, is_over)


def appender_on(
    ledger: Ledger,
    events: Sequence[QueuedEvent],
    tail: Tail | None = None,
    patience: Patience | None = None,
    workspace_id: str = WORKSPACE,
) -> Appender:
    """What appends a delivery of these events."""
    patience = patience or tries(0)
    chained = chained_on(ledger, events, patience.is_over, workspace_id=workspace_id)
    return Appender(ledger, workspace_id, counted_entropy(), patience, chained, tail)
