"""A run that was decided and not published: computed again before anything is signed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ..checkpoints.published_run import PublishedRun
from ..checkpoints.state import State, decode_state
from ..checkpoints.turn import Turn
from ..errors import Contradiction, Unreadable
from ..tlog.keys import VerifierKey
from .check_step import check_rare_entries, check_step
from .next_run import Decision, next_run
from .ports import States


def decide_again(
    states: States,
    origin: str,
    signing: Sequence[VerifierKey],
    turn: Turn,
    published: PublishedRun | None,
    before: State,
) -> Decision:
    """The decision that a turn names, from the state that it names and nothing else.

    `published` is the newest run, and `before` its state. Raises Contradiction when the state is
    not as named, breaks a rule, or gives another text. So whoever may write the turn cannot have
    anything signed.
    """
    encoded = states.read(turn.state_version)
    if encoded is None or sha256(encoded).digest() != turn.state_sha256:
        raise Contradiction(f"The state that run {turn.run} was decided from is not there.")
    try:
        after = decode_state(encoded)
        after.check_rows(origin)
    except Unreadable as error:
        raise Contradiction(f"What run {turn.run} was decided from: {error}") from None
    rare = turn.entries_before
    check_rare_entries(rare, turn.time, signing, is_first=published is None)
    check_step(before, after, rare, turn.time, published)
    decision = next_run(origin, published, after, rare, turn.time, turn.state_version)
    if decision.turn != turn:
        raise Contradiction(f"Run {turn.run} was decided with a text that its state does not give.")
    return decision
