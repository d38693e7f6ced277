"""A run that fails or ends at any of its calls leaves nothing that later runs do not put right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from indelible.covering.run import run
from indelible.covering.tile_edge import RememberedEdges
from indelible.errors import Unavailable
from support.deployment import MINUTE, Deployment

from ..weather import Fault
from ..world import Crashed
from .healing import assert_healed, heal
from .situations import SITUATIONS, situation
from .story import SITES
from .wired import wired

KINDS = [Fault.REQUEST_LOST, Fault.REPLY_LOST, Fault.LATE, Fault.CRASH_BEFORE, Fault.CRASH_AFTER]
HELD = {"held": ("ws_a",)}


class FailingAt:
    """Carries out calls, one of which fails. `late` has the effects that are still to come."""

    def __init__(self, place: int, kind: Fault) -> None:
        self.calls: list[str] = []
        self.late: list[Callable[[], Any]] = []
        self._place = place
        self._kind = kind

    def __call__(self, site: str, effect: Callable[[], Any]) -> Any:
        self.calls.append(site)
        if len(self.calls) - 1 != self._place:
            return effect()
        if self._kind in (Fault.REPLY_LOST, Fault.CRASH_AFTER):
            effect()
        if self._kind is Fault.LATE:
            self.late.append(effect)
        if self._kind in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            raise Crashed
        raise Unavailable(f"{site}: {self._kind}")


def run_failing(
    log: Deployment, call: FailingAt, remembered: RememberedEdges | None = None
) -> None:
    log.now += MINUTE
    with suppress(Unavailable, Crashed):
        run(wired(log, call, remembered), log.now, lambda: True)


def calls_in(name: str) -> list[str]:
    """The calls of a run in this situation that meets no fault."""
    call = FailingAt(-1, Fault.REQUEST_LOST)
    run_failing(situation(name), call)
    return call.calls


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_a_failure_of_any_call_heals(name: str, kind: Fault) -> None:
    """A late call takes effect after the next run has gone on."""
    for place in range(len(calls_in(name))):
        log, call = situation(name), FailingAt(place, kind)
        run_failing(log, call)
        heal(log, 1)
        for effect in call.late:
            with suppress(Unavailable):
                effect()
        heal(log)
        assert_healed(log, *HELD.get(name, ()))


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_process_that_goes_on_after_a_failure_remembers_nothing_wrong(name: str) -> None:
    """Its memory of edges may be that of a run that was never published."""
    for place in range(len(calls_in(name))):
        log, memory = situation(name), RememberedEdges()
        run_failing(log, FailingAt(place, Fault.REQUEST_LOST), memory)
        log.grow("ws_d", 256)
        for _ in range(3):
            run_failing(log, FailingAt(-1, Fault.REQUEST_LOST), memory)
        assert_healed(log, *HELD.get(name, ()))


@pytest.mark.parametrize("name", ["first growth", "with witnesses"])
def test_failures_of_two_runs_in_a_row_heal(name: str) -> None:
    """The second run has more to do: it finishes what the first one has decided.

    Every other call is enough here, in turns.
    """
    count = len(calls_in(name))
    for first in range(0, count, 2):
        for second in range(first % 4 // 2, count + 9, 2):
            log = situation(name)
            run_failing(log, FailingAt(first, Fault.REPLY_LOST))
            run_failing(log, FailingAt(second, Fault.REQUEST_LOST))
            heal(log, 2)
            assert_healed(log)


def test_the_situations_make_every_call_that_a_run_can_make() -> None:
    made = {call for name in SITUATIONS for call in calls_in(name)}
    made.add("notes.release")  # only when a new chain cannot be read, which stories meet
    assert made == {*SITES}
