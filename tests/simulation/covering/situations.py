"""Small situations in which a run begins. Each has something different to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from indelible.checkpoints.requests import RestartRequest
from indelible.errors import Unavailable
from support.deployment import HOUR, MINUTE, ORIGIN, Deployment, damaged, segments_after
from support.memory_log import MemorySigner
from support.memory_witness import MemoryWitness
from support.notes import SECOND, Signer

from .wired import small_and_in_order

NEW_KEY = Signer(ORIGIN, "the next key")


def nothing_yet() -> Deployment:
    """No run."""
    return Deployment()


def first_growth() -> Deployment:
    """No run, and two chains."""
    log = Deployment()
    log.grow("ws_a", 3, 2)
    log.grow("ws_b", 1)
    return log


def growth() -> Deployment:
    """A log in which two chains have grown, and one is new."""
    log = first_growth()
    log.run()
    log.grow("ws_a", 4)
    log.grow("ws_b", 1)
    log.grow("ws_c", 2)
    return log


@cache
def some_runs() -> Deployment:
    """A log of two runs, and growth that waits."""
    log = growth()
    log.run()
    log.grow("ws_a", 1)
    return log


def with_witnesses() -> Deployment:
    """Growth, and two witnesses. One of them is new."""
    log = growth()
    log.witnesses = [MemoryWitness(), MemoryWitness(private=SECOND)]
    log.run()
    log.grow("ws_a", 1)
    log.witnesses[1].cosigned.clear()
    return log


def idle_with_witnesses() -> Deployment:
    """Nothing has grown since the newest run."""
    log = with_witnesses()
    log.run()
    return log


def unfinished() -> Deployment:
    """A run has taken its turn and stopped, and a chain has grown since."""
    log = growth()
    log.signers[0].faults.plan("signer.sign", "before")
    _fail(log)
    log.grow("ws_a", 1)
    return log


def restarting() -> Deployment:
    """A chain was cut off, and an operator has requested to restart it."""
    log = growth()
    log.run()
    log.cut("ws_a", 3)
    log.note("ws_a", 1)
    log.run()
    log.append(segments_after("ws_a", log.ledger.chain("ws_a")[-1].head, (2,), number=1_000))
    log.turns.waiting.append(RestartRequest("ws_a", 0, 3, "restored"))
    return log


def with_a_new_key() -> Deployment:
    """A new key is to be logged, and a chain has grown."""
    log = growth()
    log.signers.insert(0, MemorySigner(private=NEW_KEY))
    return log


def held() -> Deployment:
    """A record of one chain was changed; another has grown."""
    log = growth()
    log.ledger.load([damaged(log.ledger.chain("ws_a")[-1])])
    return log


def filling_a_tile() -> Deployment:
    """A chain has grown over its 256th record."""
    log = first_growth()
    log.grow("ws_a", 200, 40)
    log.run()
    log.grow("ws_a", 30, 9)
    return log


RESTARTS = 80
"""Many entries in a run, so that a log of 255 entries has few runs and is read fast."""


@cache
def of_255_entries() -> Deployment:
    """A log whose next entry fills a tile."""
    log = first_growth()
    names = [f"ws_{number}" for number in range(RESTARTS)]
    for name in names:
        log.grow(name, 1)
    log.run()
    for epoch in range(3):
        for name in names:
            log.truths[name].append(log.truths[name][0])
            log.turns.waiting.append(RestartRequest(name, epoch, 1, "a drill"))
        log.run()
    while log.run_of(log.published).checkpoint.size < 255:
        log.run(HOUR)
    return log


def before_a_tile_of_the_log() -> Deployment:
    """The next run has the 256th entry."""
    log = of_255_entries().copy()
    log.grow("ws_a", 1)
    return log


def after_a_tile_of_the_log() -> Deployment:
    """The newest run had the 256th entry."""
    log = before_a_tile_of_the_log()
    log.run()
    log.grow("ws_a", 1)
    return log


def unfinished_tile_of_the_log() -> Deployment:
    """A run that was decided has the 256th entry."""
    log = before_a_tile_of_the_log()
    log.witnesses = [MemoryWitness()]
    log.signers[0].faults.plan("signer.sign", "before")
    _fail(log)
    log.grow("ws_a", 1)
    return log


def _fail(log: Deployment) -> None:
    try:
        log.run(MINUTE)
    except Unavailable:
        return
    raise AssertionError("the run was to fail")


SITUATIONS: dict[str, Callable[[], Deployment]] = {
    each.__name__.replace("_", " "): each
    for each in (
        nothing_yet,
        first_growth,
        growth,
        with_witnesses,
        idle_with_witnesses,
        unfinished,
        restarting,
        with_a_new_key,
        held,
        filling_a_tile,
        before_a_tile_of_the_log,
        after_a_tile_of_the_log,
        unfinished_tile_of_the_log,
    )
}


def situation(name: str) -> Deployment:
    """A new deployment in this situation."""
    with small_and_in_order():
        return SITUATIONS[name]()
