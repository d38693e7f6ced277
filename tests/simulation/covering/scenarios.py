"""What stories hardly ever meet: small attacks, each with the promise that it tries to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from indelible.errors import Contradiction, Unavailable
from support.deployment import Deployment, segments_after
from support.log_audit import Truth

from .overlaps import MANY, calls_of, overtaken
from .promises import Promise, Violation
from .situations import situation


def a_chain_rewritten_after_its_tile_was_put() -> Iterator[Violation]:
    """A run puts a tile and ends. Before anything is published, the records are replaced."""
    log = Deployment()
    log.grow("ws_a", 250)
    log.run()
    log.grow("ws_a", 10)
    log.states.faults.plan("states.put", "before")
    try:
        log.run()
    except Unavailable:
        pass
    old = log.truths["ws_a"][0]
    log.truths["ws_a"] = [Truth(old.leaves[:250], {0, 250})]
    del log.ledger.chains["ws_a"][251]
    log.append(segments_after("ws_a", log.ledger.chain("ws_a")[-1].head, (10,), 5_000))
    log.note("ws_a", 251)
    log.run()
    if log.covered("ws_a").size > 250 or log.covered("ws_a").hold is None:
        yield Violation(Promise.TILES, "records are covered, and the tile is that of others")


def an_object_in_the_place_of_a_tile_of_the_log() -> Iterator[Violation]:
    """Somebody who may put objects comes before the run that puts the tile."""
    log = situation("after a tile of the log")
    log.bucket.objects["log/tile/0/000"] = b"something else"
    try:
        log.run()
    except Contradiction:
        return
    yield Violation(Promise.TILES, "the log goes on, and its tile is something else")


def a_run_that_freezes_while_the_table_is_restored() -> Iterator[Violation]:
    """Another run takes its place meanwhile, and publishes."""
    count = calls_of("growth")
    for first in range(1, count + 1):
        yield from overtaken("growth", first, MANY, first - 1 + count).broken()


SCENARIOS: list[Callable[[], Iterator[Violation]]] = [
    a_chain_rewritten_after_its_tile_was_put,
    an_object_in_the_place_of_a_tile_of_the_log,
    a_run_that_freezes_while_the_table_is_restored,
]
