"""A run that was decided and not published: computed again before anything is signed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State, decode_state
from ..checkpoints.turn import Turn
from ..errors import Contradiction, Unreadable
from ..tlog.keys import VerifierKey
from .check_step import check_keys, check_step
from .next_run import Decision, next_run
from .ports import States

MAX_SKEW_SECONDS = 300
"""How far the clocks of two runs may differ."""


def decide_again(
    states: States,
    origin: str,
    signing: Sequence[VerifierKey],
    turn: Turn,
    published: PublishedRun | None,
    before: State,
    now: int,
) -> Decision:
    """The decision that a turn names, from the state that it names and nothing else.

    `published` is the newest run, and `before` its state. `now` is in seconds. Raises Contradiction
    when the state is not as named, breaks a rule, or gives another text, or when the time has not
    come. So whoever may write the turn cannot have signed what no run has put there. Raises
    UnknownKey when all is right, but a key is to be logged that is none of `signing`.
    """
    encoded = states.read(turn.state_version)
    if encoded is None or sha256(encoded).digest() != turn.state_sha256:
        raise Contradiction(f"The state that run {turn.run} was decided from is not there.")
    try:
        after = decode_state(encoded)
        after.check_rows(origin)
    except Unreadable as error:
        raise Contradiction(f"What run {turn.run} was decided from: {error}") from None
    if after.time > max(now + MAX_SKEW_SECONDS, published.run_entry.time if published else 0):
        raise Contradiction(f"The time of run {turn.run} has not come.")
    check_step(before, after, published)
    decision = next_run(origin, published, after, turn.state_version)
    if decision.turn != turn:
        raise Contradiction(f"Run {turn.run} was decided with a text that its state does not give.")
    check_keys(after.entries_before, signing)
    return decision
