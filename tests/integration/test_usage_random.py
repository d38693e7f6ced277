"""Usage on each engine against plain counters that share nothing with the code."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.errors import LimitReached
from indelible.times import parse_iso_8601
from integration.usage_engines import AnyUsage
from support.builders import KEY_PREFIX, MINUTE, SECOND

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")

REASONS = (
    "Events left",
    "requests a minute",
    "bytes of events a minute",
    "may repeat",
    "wait to be chained",
)


@dataclass
class PlainCounters:
    """One workspace's usage in one month."""

    events: int = 0
    refused_until: int = 0
    of_minute: Counter[tuple[str, int]] = field(default_factory=Counter)

    def reserve(self, charge: Charge, limits: Limits, now: int) -> str | None:
        """The reason why the request is refused; None when it is counted."""
        requests, size, repeats = ((name, now // MINUTE) for name in ("request", "byte", "repeat"))
        if charge.events and self.events + charge.events > limits.events_per_month:
            return "Events left"
        if self.of_minute[requests] >= limits.requests_per_minute:
            return "requests a minute"
        if self.of_minute[size] + charge.bytes > limits.bytes_per_minute:
            return "bytes of events a minute"
        if charge.repeats and self.of_minute[repeats] + charge.repeats > limits.repeats_per_minute:
            return "may repeat"
        if now < self.refused_until <= now + 2 * MINUTE:
            return "wait to be chained"
        self.events += charge.events
        self.of_minute.update({requests: 1, size: charge.bytes, repeats: charge.repeats})
        return None

    def refuse(self, now: int) -> None:
        """Refuse the workspace for a minute if it has sent anything."""
        if self.of_minute.total():
            self.refused_until = now + MINUTE


def reason_against(
    usage: AnyUsage, workspace_id: str, charge: Charge, limits: Limits, now: int
) -> str | None:
    """The reason why a reservation is refused; None if it is not."""
    try:
        usage.reserve(workspace_id, KEY_PREFIX, charge, limits, now)
    except LimitReached as error:
        [reason] = [each for each in REASONS if each in str(error)]
        return reason
    return None


@pytest.mark.parametrize("seed", range(8))
def test_decisions_and_reasons_match_those_of_plain_counters(
    usage: AnyUsage, workspace_id: str, seed: int
) -> None:
    """Random requests near all limits, some of them a minute late."""
    source, model, latest = random.Random(seed), PlainCounters(), NOW
    seen = set[str | None]()
    for _ in range(60):
        latest += source.choice([0, 0, 0, 0, SECOND, 20 * SECOND, MINUTE, 8 * MINUTE])
        now = latest - source.choice([0, 0, 0, MINUTE])
        if source.random() < 0.15:
            ahead = source.choice([0, 0, 30, 200]) * SECOND
            usage.refuse(workspace_id, now + ahead)
            model.refuse(now + ahead)
        limits = Limits(source.choice([2, 5]), source.choice([20, 200]), 12, source.choice([2, 4]))
        charge = Charge(source.randrange(4), source.choice([1, 1, 4, 13]), source.randrange(4))
        expected = model.reserve(charge, limits, now)
        assert reason_against(usage, workspace_id, charge, limits, now) == expected
        seen.add(expected)
    assert usage.events_used(workspace_id, NOW) == model.events
    assert len(seen) >= 5
