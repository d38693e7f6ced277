"""Turns that somebody writes who is no run."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from random import Random

from indelible.checkpoints.state import decode_state
from indelible.checkpoints.turn import Turn
from indelible.covering.next_run import next_run
from indelible.tlog.checkpoint import Checkpoint
from support.deployment import ORIGIN, Deployment

DAY = 86_400


def forge(log: Deployment, turn: Turn, random: Random) -> Turn:
    """A turn that no run has decided, in the place of this one."""
    if turn.run > log.published:
        text = Checkpoint(ORIGIN, turn.size, sha256(b"what I like").digest()).text
        return random.choice(
            [a_day_later(log, turn), other_time(log, turn), replace(turn, text=text)]
        )
    text = Checkpoint(ORIGIN, turn.size + 1, sha256(b"what I like").digest()).text
    following = replace(turn, run=turn.run + 1, size=turn.size + 1, text=text)
    forged: list[Turn] = [
        following,
        replace(turn, text=Checkpoint(ORIGIN, turn.size, bytes(32)).text),
        replace(turn, run=turn.run + 7),
        replace(following, state_version="v1"),
        replace(turn, state_sha256=bytes(32)),
    ]
    return random.choice(forged)


def a_day_later(log: Deployment, turn: Turn) -> Turn:
    """An unfinished turn with a time to come. Its state is put, and its text follows from that."""
    return _at_another_time(log, turn, DAY, is_put=True)


def other_time(log: Deployment, turn: Turn) -> Turn:
    """An unfinished turn whose text would follow if its state had a time a little later."""
    other = _at_another_time(log, turn, 7, is_put=False)
    return replace(turn, text=other.text)


def _at_another_time(log: Deployment, turn: Turn, later: int, *, is_put: bool) -> Turn:
    newest = log.run_of(log.published) if log.published else None
    state = decode_state(log.states.versions[turn.state_version])
    time = state.time + later
    entries = tuple(replace(each, time=time) for each in state.entries_before)
    state = replace(state, time=time, entries_before=entries)
    version = log.states.put(state.encoded) if is_put else turn.state_version
    return next_run(ORIGIN, newest, state, version).turn
