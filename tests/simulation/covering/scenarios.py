"""What stories hardly ever meet: small attacks, each with the promise that it tries to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from indelible.checkpoints.turn import Turn
from indelible.covering.run import run
from indelible.errors import Contradiction, Unavailable, UnknownKey
from indelible.tlog.checkpoint import Checkpoint
from support.audited import Truth
from support.deployment import MINUTE, ORIGIN, Deployment, segments_after

from .forgers import a_day_later, other_time
from .happened import Happened
from .overlaps import MANY, calls_of, overtaken
from .promises import Promise, Violation
from .situations import situation
from .wired import wired


def a_chain_rewritten_after_its_tile_was_put() -> Iterator[Violation]:
    """A run puts a tile and ends. Before anything is published, the records are replaced."""
    log = Deployment()
    log.grow("ws_a", 250)
    log.run()
    log.grow("ws_a", 10)
    log.states.faults.plan("states.put", "before")
    with suppress(Unavailable):
        log.run()
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


def runs_that_overtake_each_other() -> Iterator[Violation]:
    """One stops before it takes its turn, the other one before it publishes."""
    count = calls_of("growth")
    for first in range(count - 8, count - 3):
        for second in range(count - 6, count):
            yield from overtaken("growth", first, second).broken()
    for first in range(1, calls_of("idle with witnesses") + 1):
        yield from overtaken("idle with witnesses", first, MANY).broken()


def a_new_chain_that_cannot_be_read() -> Iterator[Violation]:
    """Only its note knows of it."""
    log = situation("nothing yet")
    log.grow("ws_a", 3)
    log.ledger.faults.plan("segments_of", "before")
    log.ledger.faults.plan("ascending", "before")
    for _ in range(2):
        log.run()
    if "ws_a" not in {each.workspace_id for each in log.state.workspaces}:
        yield Violation(Promise.COVERED, "the chain is forgotten")


def a_run_that_is_overtaken_while_it_asks_witnesses() -> Iterator[Violation]:
    """It has nothing to publish. They know a larger log by the time they answer."""
    log = situation("idle with witnesses")

    def meanwhile(_: str) -> None:
        log.witnesses[0].faults.interrupt = None
        log.grow("ws_a", 1)
        log.run()

    log.witnesses[0].faults.interrupt = meanwhile
    for each in run(log.services, log.now + MINUTE, lambda: True).warnings:
        yield Violation(Promise.CALM, each)


def a_witness_that_was_shown_another_log() -> Iterator[Violation]:
    """Somebody with the key has shown it a larger one."""
    log = situation("idle with witnesses")
    log.witnesses[0].cosigned[ORIGIN] = Checkpoint(ORIGIN, 1_000, bytes(32))
    if not log.run().warnings:
        yield Violation(Promise.HEARD, "nobody says so")


def a_deployment_that_is_rolled_back() -> Iterator[Violation]:
    """A run with a new key decides and signs, and ends. Runs that do not have that key follow."""
    log = situation("with a new key")
    new, old = log.signers
    log.bucket.faults.plan("bucket.put_new", "before")
    happened = Happened(log)
    for signers in ([new, old], [old], [old], [new, old]):
        log.now += MINUTE
        try:
            run(
                wired(log, lambda _, effect: happened.effect(effect, log.now), None, signers),
                log.now,
                lambda: True,
            )
        except (Unavailable, UnknownKey):
            continue
    yield from happened.broken(log.audit().texts)


def a_turn_of_a_time_to_come() -> Iterator[Violation]:
    """Somebody changes the time of a run that is not finished, its state, and its text."""
    yield from _signs(a_day_later)


def a_turn_of_another_time() -> Iterator[Violation]:
    """Somebody changes the text of a run that is not finished, as if its time were another one."""
    yield from _signs(other_time)


def _signs(changed: Callable[[Deployment, Turn], Turn]) -> Iterator[Violation]:
    """Whether a run signs a turn that is not finished, and that was changed."""
    log = situation("unfinished")
    happened = Happened(log)
    turn = log.turns.turn
    assert turn
    forged = changed(log, turn)
    happened.change_turn(forged, 0)
    log.now += MINUTE
    run(wired(log, lambda _, effect: happened.effect(effect, log.now)), log.now, lambda: True)
    if forged.text in {text for _, text in happened.signed}:
        yield Violation(Promise.DECIDED, "signed, and decided by nobody")


def a_key_whose_run_is_lost() -> Iterator[Violation]:
    """A run decides to log a new key. Then the table is restored, and the key comes back later."""
    log = situation("with a new key")
    (new, old), earlier = log.signers, log.turns.turn
    new.faults.plan("signer.sign", "before")
    with suppress(Unavailable):
        log.run()
    log.turns.turn = earlier
    for signers in ([old], [new, old]):
        log.signers = signers
        log.grow("ws_a", 1)
        log.run()
    for each in log.audit().broken:
        yield Violation(Promise.FOLLOWS, each)


def a_key_whose_object_is_missing() -> Iterator[Violation]:
    """The run that logs it is published, and the process stops there."""
    log = situation("with a new key")
    log.bucket.faults.plan("bucket.put_new", None, "before")
    with suppress(Unavailable):
        log.run()
    log.grow("ws_a", 1)
    log.run()
    logged = [each.number for each in log.runs if len(each.entries) > 1]
    if len(logged) != 1:
        yield Violation(Promise.FOLLOWS, f"the key is logged by the runs {logged}")


SCENARIOS: list[Callable[[], Iterator[Violation]]] = [
    a_chain_rewritten_after_its_tile_was_put,
    an_object_in_the_place_of_a_tile_of_the_log,
    a_run_that_freezes_while_the_table_is_restored,
    runs_that_overtake_each_other,
    a_new_chain_that_cannot_be_read,
    a_run_that_is_overtaken_while_it_asks_witnesses,
    a_witness_that_was_shown_another_log,
    a_deployment_that_is_rolled_back,
    a_turn_of_a_time_to_come,
    a_turn_of_another_time,
    a_key_whose_run_is_lost,
    a_key_whose_object_is_missing,
]
