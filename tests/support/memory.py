"""The ports of ingest in memory: keys, claims, usage, the queue and the dead-letter queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from indelible.accounts.keys import ApiKey
from indelible.accounts.limits import Charge, Limits
from indelible.errors import Backlogged, QuotaExceeded, RateLimited
from indelible.ingest.ports import Claim

from support.port_faults import Faults

_MINUTE = 60 * 1_000_000


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
        """Return the claims that exist on these keys."""
        done = self.faults.entered("find")
        found = {k: self.stored[workspace_id, k] for k in keys if (workspace_id, k) in self.stored}
        done()
        return found

    def take(self, workspace_id: str, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """Claim the free keys; return the claims of others on the rest."""
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
        """Take a message that can never be chained."""
        done = self.faults.entered("quarantine")
        self.quarantined.append((group, message_id, body, reason))
        done()


def _month(now: int) -> str:
    return datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y-%m")
