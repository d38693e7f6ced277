"""Runs that overlap: each of their calls is a place at which others may go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from indelible.covering.run import run
from indelible.errors import Contradiction
from support.deployment import MINUTE, Deployment
from unit.schedule import interleave

from .happened import Happened
from .promises import Promise, Violation
from .situations import situation
from .wired import wired

MANY = 200
"""More than a run has calls."""


class Overlap:
    """Some runs on a deployment. `calls` counts those of each."""

    def __init__(self, name: str, runs: int, restore_at: int | None = None) -> None:
        self.log: Deployment = situation(name)
        self.happened = Happened(self.log)
        self.calls = [0] * runs
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._earlier = self.log.turns.turn
        self._restore_at = restore_at

    def let(self, schedule: Sequence[int]) -> None:
        """Let the runs make their calls in this order. It has the number of a run for each."""
        interleave([self._worker(number) for number in range(len(self.calls))], schedule)

    def _worker(self, number: int) -> Callable[[Callable[[str], None]], None]:
        def work(stop: Callable[[str], None]) -> None:
            def call(site: str, effect: Callable[[], Any]) -> Any:
                stop(site)
                if sum(self.calls) == self._restore_at:
                    self.happened.change_turn(self._earlier, sum(self.calls))
                self.calls[number] += 1
                return self.happened.effect(effect, sum(self.calls))

            now = self.log.now + MINUTE * (1 + number)
            try:
                report = run(wired(self.log, call), now, lambda: True)
                self.warnings += report.warnings
            except Contradiction as error:
                self.errors.append(str(error))

        return work

    def broken(self) -> Iterator[Violation]:
        """The promises that were broken, once some more runs have gone through."""
        self.log.now += 3 * MINUTE
        if self._restore_at is None:
            for each in [*self.warnings, *self.errors]:
                yield Violation(Promise.CALM, each)
        for _ in range(2):
            self.log.run()
        audit = self.log.audit()
        for each in audit.broken:
            yield Violation(Promise.FOLLOWS, each)
        yield from self.happened.broken(audit.texts)
        states = {each.workspace_id: each for each in self.log.state.workspaces}
        for name, epochs in self.log.truths.items():
            if states[name].size != len(epochs[-1].leaves):
                yield Violation(Promise.COVERED, f"{name}: {states[name]}")
        if self.log.notes.waiting or self.log.turns.waiting:
            yield Violation(Promise.COVERED, "notes or requests are left")


def overtaken(name: str, first: int, second: int, restore_at: int | None = None) -> Overlap:
    """One run makes so many calls, then another one, then the first ends, then the other."""
    overlap = Overlap(name, 2, restore_at)
    overlap.let([0] * first + [1] * second + [0] * MANY)
    return overlap


def calls_of(name: str) -> int:
    """The number of calls of a run that nobody overtakes."""
    overlap = Overlap(name, 1)
    overlap.let([])
    return overlap.calls[0]
