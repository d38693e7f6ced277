"""The world of one seed: a deployment, its time, its chance, and notes of what happened."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from indelible.checkpoints.turn import Turn
from indelible.covering.run import Report, run
from indelible.covering.tile_edge import RememberedEdges
from indelible.errors import Contradiction, Unavailable
from support.deployment import Deployment
from support.memory_log import MemorySigner

from ..loop import SECOND, Loop
from ..weather import Fault, Weather
from ..world import Crashed
from .happened import Happened
from .wired import wired

_FREEZES_SECONDS = (5.0, 90.0, 4 * 3_600.0)
_LATENESS_SECONDS = (5.0, 90.0, 4 * 3_600.0)
_WITHOUT_EFFECT = {Fault.REQUEST_LOST, Fault.THROTTLED, Fault.SERVER_ERROR}


@dataclass(eq=False)
class Environment:
    """A process of the function. Its clock is `skew` seconds ahead."""

    signers: list[MemorySigner]
    skew: float
    remembered: RememberedEdges = field(default_factory=RememberedEdges)
    busy: bool = False


class World:
    """Everything in one seed that runs can touch."""

    def __init__(
        self, seed: int, log: Deployment, trace: Callable[[str], None] | None = None
    ) -> None:
        self.random = random.Random(seed)
        self.log = log
        self.loop = Loop(log.now)
        self.weather = Weather(self.random, 0.0, None)
        self.happened = Happened(log)
        self.tally: Counter[str] = Counter()
        self.met: Counter[tuple[str, Fault]] = Counter()
        self.trace = trace or _silent
        self.environments: list[Environment] = []
        self.ended: list[tuple[int, Report | BaseException]] = []
        self.when_unfinished: Callable[[], None] | None = None

    def call(self, site: str, effect: Callable[[], Any]) -> Any:
        """Carry out a call of a run, which may fail. Others may act before it."""
        self.loop.sleep(self.random.uniform(0.001, 0.3))
        fault = self.weather.at(site, self.loop.now, self.loop.current)
        self._say(f"{site}{f', {fault}' if fault else ''}")
        if fault:
            self.met[site, fault] += 1
        if fault in _WITHOUT_EFFECT:
            raise Unavailable(f"{site}: {fault}")
        if fault is Fault.CRASH_BEFORE:
            raise Crashed
        if fault is Fault.LATE:
            self._later(site, effect)
            raise Unavailable(f"{site}: {fault}")
        if fault in (Fault.FROZEN, Fault.SLOW_REQUEST) and self.random.random() < 0.5:
            self._freeze(fault)
            return self.happened.effect(effect, self.loop.now)
        result = self.happened.effect(effect, self.loop.now)
        if fault is Fault.CRASH_AFTER:
            raise Crashed
        if fault is Fault.REPLY_LOST:
            raise Unavailable(f"{site}: {fault}")
        if fault in (Fault.FROZEN, Fault.SLOW_REPLY):
            self._freeze(fault)
        return result

    def _freeze(self, fault: Fault) -> None:
        longest = self.random.choice(_FREEZES_SECONDS) if fault is Fault.FROZEN else 2.0
        self.loop.sleep(self.random.uniform(0, longest))

    def _later(self, site: str, effect: Callable[[], Any]) -> None:
        def arrive() -> None:
            self._say(f"{site} comes late")
            with suppress(Unavailable):
                self.happened.effect(effect, self.loop.now)

        longest = self.random.choice(_LATENESS_SECONDS)
        self.loop.call_after(self.random.uniform(0, longest), arrive)

    def change_turn(self, turn: Turn | None) -> None:
        """Somebody who is no run writes the turn."""
        self._say(f"somebody writes the turn of run {turn.run if turn else 0}")
        self.happened.change_turn(turn, self.loop.now)

    def start_run(self, signers: list[MemorySigner]) -> None:
        """A run begins, in a process that is free and has these settings, or in a new one."""
        free = [each for each in self.environments if not each.busy and each.signers == signers]
        if free and self.random.random() < 0.8:
            environment = self.random.choice(free)
        else:
            environment = Environment(signers, self.random.choice([0, 0, 0, 40, -40, 100]))
            self.environments.append(environment)
        environment.busy = True
        self.loop.spawn(lambda: self._run(environment), environment)

    def _run(self, environment: Environment) -> None:
        services = wired(self.log, self.call, environment.remembered, environment.signers)
        calls = self.random.choice([3, 1, 0]) if self.random.random() < 0.15 else 10_000
        left = 10_000 if self.weather.is_quiet else calls

        def has_time() -> bool:
            nonlocal left
            left -= 1
            return left >= 0

        began = self.loop.now
        ended: Report | BaseException
        try:
            ended = run(services, began + int(environment.skew * SECOND), has_time)
            self.tally["runs that ended well"] += 1
            self.tally["runs published"] += ended.published is not None
            self._say(f"ends: {ended.warnings or 'well'}")
        except (Crashed, Unavailable, Contradiction) as error:
            ended = error
            self.tally[f"runs ended by {type(error).__name__}"] += 1
            self._say(f"ends with {error!r}")
            if self.random.random() < 0.5:
                environment.remembered = RememberedEdges()
        except Exception as error:  # noqa: BLE001 (a promise says that there is none)
            ended = error
            self._say(f"ends with {error!r}")
        self.ended.append((began, ended))
        turn = self.log.turns.turn
        if self.when_unfinished and turn and turn.run == self.log.published + 1:
            self.when_unfinished()
            self.when_unfinished = None
        environment.busy = False

    def _say(self, what: str) -> None:
        task = self.loop.current
        who = ""
        if task and isinstance(task.context, Environment):
            who = f"process {self.environments.index(task.context)}: "
        self.trace(f"{(self.loop.now - self.log.now) / SECOND:10.2f} {who}{what}")


def _silent(_: str) -> None:
    """No trace."""
