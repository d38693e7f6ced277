"""Stories of covering keep every promise, and each deliberate bug breaks one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from indelible.errors import IndelibleError

from ..mutation import Mutation
from ..weather import Fault
from .beginnings import BEGINNINGS
from .chain_bugs import CHAIN_BUGS
from .checks import check
from .log_bugs import LOG_BUGS
from .promises import Promise, Violation
from .scenarios import SCENARIOS
from .story import CELLS, tell

BUGS = [*CHAIN_BUGS, *LOG_BUGS]

SEEDS = 120
"""Each aims a fault at a call, but not every fault: test_every_failure.py has all of them."""

MOST_SEEDS = 400


@pytest.fixture(scope="module", autouse=True)
def _beginnings() -> None:
    """Made before any bug is."""
    for each in BEGINNINGS:
        each()


def test_every_story_keeps_every_promise() -> None:
    """To see what happens in a seed: `python -m simulation.covering --seed …`."""
    broken, tally, met = list[tuple[int, Violation]](), Counter[str](), set[tuple[str, Fault]]()
    for seed in range(SEEDS):
        story = tell(seed)
        broken += [(seed, each) for each in check(story)]
        tally += story.world.tally
        met |= {*story.world.met}
    assert broken == []
    assert {fault for _, fault in met} == {fault for _, fault in CELLS}
    for name in ("tables restored", "turns forged", "chains cut", "keys rotated"):
        assert tally[name] >= 10, name
    assert tally["runs ended by Crashed"] >= 30
    assert tally["texts signed beside the log"] >= 1, "the one case that is left over"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_keeps_every_promise(scenario: object) -> None:
    assert callable(scenario)
    assert [*scenario()] == []


def what_breaks() -> Iterator[list[Violation]]:
    """What the scenarios break, and then each story."""
    for scenario in SCENARIOS:
        try:
            yield [*scenario()]
        except IndelibleError as error:
            yield [Violation(Promise.HANDLED, repr(error))]
    for seed in range(MOST_SEEDS):
        yield check(tell(seed))


@pytest.mark.parametrize("mutation", BUGS, ids=str)
def test_a_bug_is_caught(mutation: Mutation) -> None:
    with mutation.applied():
        assert any(each.promise in mutation.breaks for broken in what_breaks() for each in broken)


def test_every_promise_is_broken_by_a_bug() -> None:
    """This shows that each check of a promise can fail."""
    assert {promise for mutation in BUGS for promise in mutation.breaks} == {*Promise}


def test_a_seed_replays_exactly() -> None:
    first, again = list[str](), list[str]()
    for trace in (first, again):
        tell(126, trace.append)
    assert first == again
    assert len(first) > 50
