"""What happened to a deployment while runs worked on it, and whether what they signed is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from indelible.checkpoints.turn import Turn
from support.deployment import Deployment

from .promises import Promise, Violation


@dataclass
class Happened:
    """What happened to a deployment, with times of any unit.

    `decided` has when each run was decided first, and `published` when it was published. `turns`
    has all that were taken, by their texts. `changes` are the times at which somebody changed the
    turn who is no run. `signed` has each text with its time.
    """

    log: Deployment
    decided: dict[int, int] = field(default_factory=dict)
    published: dict[int, int] = field(default_factory=dict)
    turns: dict[bytes, list[tuple[int, Turn]]] = field(default_factory=dict)
    history: list[Turn | None] = field(default_factory=list)
    changes: list[int] = field(default_factory=list)
    signed: list[tuple[int, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        turn = self.log.turns.turn
        self.history.append(turn)
        if turn and turn.run > self.log.published:
            self.decided[turn.run] = 0
            self.turns[turn.text] = [(0, turn)]

    def may_fork(self, number: int) -> bool:
        """Whether the table was changed between deciding and publishing this run."""
        decided = self.decided.get(number)
        if decided is None:
            return False
        until = self.published.get(number)
        return any(decided <= at and (until is None or at <= until) for at in self.changes)

    def effect(self, effect: Callable[[], Any], now: int) -> Any:
        """Let a call of a run take effect, and note what has happened by it."""
        runs, turn = self.log.published, self.log.turns.turn
        signed = [len(each.signed) for each in self.log.signers]
        result = effect()
        if self.log.published > runs:
            self.published[self.log.published] = now
        taken = self.log.turns.turn
        if taken is not turn and taken is not None:
            self.decided.setdefault(taken.run, now)
            self.turns.setdefault(taken.text, []).append((now, taken))
            self.history.append(taken)
        for each, before in zip(self.log.signers, signed, strict=True):
            self.signed += ((now, text) for text in each.signed[before:])
        return result

    def change_turn(self, turn: Turn | None, now: int) -> None:
        """Somebody who is no run writes the turn."""
        self.changes.append(now)
        self.log.turns.turn = turn

    def broken(self, texts: Sequence[bytes]) -> Iterator[Violation]:
        """What was signed and should not have been. `texts` are those of the published runs."""
        for at, text in self.signed:
            numbers = {turn.run for when, turn in self.turns.get(text, []) if when <= at}
            is_known = text in texts and texts.index(text) + 1 not in self.decided
            if not numbers and not is_known:
                yield Violation(Promise.DECIDED, f"signed and not decided: {text!r}")
            if text not in texts and not any(map(self.may_fork, numbers)):
                yield Violation(Promise.ONE_LOG, f"signed beside the log: {text!r}")

    def forks(self, texts: Sequence[bytes]) -> int:
        """How many texts were signed beside the log."""
        return len({text for _, text in self.signed} - {*texts})
