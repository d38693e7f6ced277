"""The ports of ingest in memory: keys, claims, usage, the queue and the dead-letter queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indelible.accounts.keys import ApiKey
from indelible.accounts.limits import (
    MINUTE,
    REFUSAL,
    Charge,
    EventsEver,
    Limits,
    Used,
    limit_reached,
    month_of,
)
from indelible.errors import Unavailable
from indelible.ingest.ports import Claim, Failure, Key, Taken

from support.port_faults import Faults


@dataclass
class MemoryKeys:
    """`accounts.keys.Keys`."""

    keys: dict[str, ApiKey] = field(default_factory=dict)

    def find(self, prefix: str) -> ApiKey | None:
        """The key with this prefix."""
        return self.keys.get(prefix)


@dataclass
class MemoryClaims:
    """`ingest.ports.Claims`.

    `failing` has the keys that cannot be claimed now: "refused", "request lost" or "reply lost".
    """

    faults: Faults = field(default_factory=Faults)
    failing: dict[Key, str] = field(default_factory=dict)
    stored: dict[tuple[str, Key], Claim] = field(default_factory=dict)

    def find(self, workspace_id: str, keys: Sequence[Key]) -> dict[Key, Claim]:
        """Return the claims that exist on these keys."""
        done = self.faults.entered("find")
        found = {k: self.stored[workspace_id, k] for k in keys if (workspace_id, k) in self.stored}
        done()
        return found

    def take(self, workspace_id: str, claims: Mapping[Key, Claim]) -> Taken:
        """Claim the free keys, but for those that fail.

        A fault of the whole call is one of every key: "before" refuses it, "after" loses the reply.
        """
        try:
            fault, done = "", self.faults.entered("take")
        except Unavailable:
            fault, done = "refused", _nothing
        failed = {key: fault or self.failing.get(key) for key in claims}
        lost: dict[Key, Claim] = {}
        for key, claim in claims.items():
            if failed[key] in (None, "reply lost"):
                stands = self.stored.setdefault((workspace_id, key), claim)
                if stands != claim and failed[key] is None:
                    lost[key] = stands
        try:
            done()
        except Unavailable:
            lost, failed = {}, dict.fromkeys(claims, "reply lost")
        failures = {k: Failure(why, why != "refused") for k, why in failed.items() if why}
        return Taken(lost, failures)


def _nothing() -> None:
    """The end of a call that had no effect."""


@dataclass
class MemoryUsage:
    """`ingest.ports.Usage` and `writing.ports.Backlog`."""

    faults: Faults = field(default_factory=Faults)
    events: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    bytes: Counter[tuple[str, int]] = field(default_factory=Counter)
    repeats: Counter[tuple[str, int]] = field(default_factory=Counter)
    refused_until: dict[tuple[str, str], int] = field(default_factory=dict)
    last_use: dict[tuple[str, str], int] = field(default_factory=dict)
    first_event_at: dict[tuple[str, str], int] = field(default_factory=dict)

    def reserve(
        self, workspace_id: str, key_prefix: str, charge: Charge, limits: Limits, now: int
    ) -> None:
        """Count a request and its charge."""
        done = self.faults.entered("reserve")
        month, minute = (workspace_id, month_of(now)), (workspace_id, now // MINUTE)
        used = Used(
            self.events[month],
            self.requests[minute],
            self.bytes[minute],
            self.repeats[minute],
            self.refused_until.get(month, 0),
        )
        if reached := limit_reached(used, charge, limits, now):
            raise reached
        self.events[month] += charge.events
        self.requests[minute] += 1
        self.bytes[minute] += charge.bytes
        self.repeats[minute] += charge.repeats
        if charge.events:
            self.first_event_at.setdefault(month, now)
        self.last_use[workspace_id, key_prefix] = now // MINUTE * MINUTE
        done()

    def refuse(self, workspace_id: str, now: int) -> None:
        """Refuse the workspace for a minute, if it has used anything this month."""
        done = self.faults.entered("refuse")
        month = workspace_id, month_of(now)
        if month in self.events:
            self.refused_until[month] = now + REFUSAL
        done()

    def give_back(self, workspace_id: str, events: int, now: int) -> None:
        """Uncount events."""
        done = self.faults.entered("give_back")
        self.events[workspace_id, month_of(now)] -= events
        done()

    def events_used(self, workspace_id: str, now: int) -> int:
        """The events of the month."""
        return self.events[workspace_id, month_of(now)]

    def events_ever(self, workspace_id: str) -> EventsEver:
        """The events of all months."""
        months = [(m, n) for m, n in sorted(self.events.items()) if m[0] == workspace_id and n > 0]
        first = self.first_event_at[months[0][0]] if months else None
        return EventsEver(sum(n for _, n in months), first)

    def last_use_of_keys(self, workspace_id: str, prefixes: Iterable[str]) -> dict[str, int]:
        """The minute of each key's last counted request."""
        uses = {each: self.last_use.get((workspace_id, each)) for each in prefixes}
        return {prefix: used for prefix, used in uses.items() if used is not None}


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
        """Accept a message that can never be chained."""
        done = self.faults.entered("quarantine")
        self.quarantined.append((group, message_id, body, reason))
        done()
