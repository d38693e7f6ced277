"""Weather: which fault a call to AWS meets."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from .sites import call_sites


class Fault(StrEnum):
    """What can happen to a call."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    REPLY_LOST = "reply lost"
    REQUEST_LOST = "request lost"
    LATE = "late"
    THROTTLED = "throttled"
    SERVER_ERROR = "server error"
    SLOW_REQUEST = "slow request"
    SLOW_REPLY = "slow reply"
    FROZEN = "frozen"
    PARTLY_REFUSED = "partly refused"
    PARTLY_FAILED = "partly failed"
    UNPROCESSED = "unprocessed"


UNANSWERED = {Fault.REPLY_LOST, Fault.LATE}
"""The caller cannot know whether the call took effect, or will."""

_ONLY = {
    Fault.PARTLY_REFUSED: "batch_execute_statement",
    Fault.PARTLY_FAILED: "batch_execute_statement",
    Fault.UNPROCESSED: "batch_get_item",
}
_REPEATED = {*UNANSWERED, Fault.REQUEST_LOST, Fault.THROTTLED, Fault.SERVER_ERROR}
_REPEATED |= {Fault.PARTLY_REFUSED, Fault.PARTLY_FAILED, Fault.UNPROCESSED}
_RATES = (0.0, 0.02, 0.06, 0.15, 0.35)
_REPEATS = 0.7
_AIMED = 0.5
_OUTAGE = (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.REQUEST_LOST, Fault.REPLY_LOST)


@cache
def faults_of(site: str) -> list[Fault]:
    """The faults that a call from there can meet."""
    return [each for each in Fault if each not in _ONLY or site.endswith(_ONLY[each])]


CELLS = [(site, fault) for site in call_sites() for fault in faults_of(site)]
"""Every call site with every fault that it can meet."""


@dataclass
class Weather:
    """The faults of one run: at random, at one chosen site, and outages of a whole site."""

    random: random.Random
    rate: float
    aim: tuple[str, Fault] | None
    outages: dict[str, tuple[int, int]] = field(default_factory=dict)
    outage_faults: tuple[Fault, ...] = _OUTAGE
    over: bool = False
    _last: dict[object, Fault] = field(default_factory=dict)

    @property
    def is_calm(self) -> bool:
        """Whether nothing at all goes wrong."""
        return not (self.rate or self.aim or self.outages)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing goes wrong from now on."""
        return self.over or self.is_calm

    def at(self, site: str, now: int, caller: object) -> Fault | None:
        """The fault that the next attempt meets; the caller's last fault is likely again."""
        if self.over:
            return None
        fault = self._choose(site, now, self._last.get(caller))
        if fault in _REPEATED:
            self._last[caller] = fault
        else:
            self._last.pop(caller, None)
        return fault

    def _choose(self, site: str, now: int, last: Fault | None) -> Fault | None:
        begins, ends = self.outages.get(site, (0, 0))
        if begins <= now < ends:
            return self.random.choice(self.outage_faults)
        if last in faults_of(site) and self.random.random() < _REPEATS:
            return last
        if self.aim and self.aim[0] == site and self.random.random() < _AIMED:
            return self.aim[1]
        return self.random.choice(faults_of(site)) if self.random.random() < self.rate else None


def weather_of(seed: int, source: random.Random, now: int, seconds: float) -> Weather:
    """The weather of a seed. Seeds take turns at aiming each fault at each call site."""
    calm = source.random() < 0.05
    weather = Weather(source, 0.0, None) if calm else _bad_weather(seed, source)
    for _ in range(0 if calm else source.choice([0, 0, 1, 2])):
        begins = now + int(source.uniform(0, seconds) * 1_000_000)
        ends = begins + int(source.uniform(0, seconds) * 1_000_000)
        weather.outages[source.choice(call_sites())] = begins, ends
    return weather


def _bad_weather(seed: int, source: random.Random) -> Weather:
    return Weather(source, source.choice(_RATES), CELLS[seed % len(CELLS)])
