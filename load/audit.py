"""Checks that a chain holds exactly the events of an account."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import msgspec

from .accounting import NUMBER, Account, digest_of

_SHOWN = 5


@dataclass(slots=True)
class Findings:
    """The result of comparing a chain with its account. All but the first three must be zero."""

    chained: int = 0
    unknown_fate: int = 0
    """Events that may be queued or not: an answer was lost, and they may not be sent again."""
    unknown_fate_chained: int = 0
    lost: int = 0
    twice: int = 0
    changed: int = 0
    misnamed: int = 0
    """Events whose record has another id than their receipt."""
    out_of_place: int = 0
    foreign: int = 0
    """Records of events that were never sent."""
    contradictions: int = 0
    breaks: int = 0
    examples: list[str] = field(default_factory=list)

    _RIGHT = ("chained", "unknown_fate", "unknown_fate_chained", "examples")

    @property
    def wrong(self) -> dict[str, int]:
        """Every count that must be zero."""
        names = [each.name for each in fields(self) if each.name not in self._RIGHT]
        return {name: getattr(self, name) for name in names}

    def add(self, other: Findings) -> None:
        """Add the findings of another workspace."""
        for each in fields(self):
            if each.name != "examples":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        self.examples += other.examples[: _SHOWN - len(self.examples)]


class Audit:
    """Reads a chain, record by record, against the account of its workspace.

    With `in_order` the chain must have the order in which events were sent. After a redrive, only
    the events of one request keep their order.
    """

    def __init__(self, account: Account, *, in_order: bool) -> None:
        self._account = account
        self._in_order = in_order
        self._seen = bytearray(len(account.sent))
        self._latest: dict[int, int] = {}
        self._found = Findings(contradictions=len(account.contradictions))
        self._found.examples += account.contradictions[:_SHOWN]

    def see(self, record: bytes) -> None:
        """Check the next record of the chain."""
        event = msgspec.json.decode(record)
        number = event.get(NUMBER)
        found = self._found
        found.chained += 1
        if not isinstance(number, int) or not 1 <= number <= len(self._account.sent):
            found.foreign += 1
            self._show(f"record {event['sequence']} holds event {number}, which was never sent")
            return
        sent = self._account.sent[number - 1]
        if self._seen[number - 1]:
            found.twice += 1
            self._show(f"event {number} is in the chain again at {event['sequence']}")
            return
        self._seen[number - 1] = True
        if sent.id not in (None, event["id"]):
            found.misnamed += 1
            self._show(f"event {number} has the receipt {sent.id} and the record {event['id']}")
        if digest_of(event) != sent.digest:
            found.changed += 1
            self._show(f"event {number} differs from the one that was sent")
        lane = 0 if self._in_order else sent.request
        if number < self._latest.get(lane, 0):
            found.out_of_place += 1
            self._show(f"event {number} comes after event {self._latest[lane]}")
        self._latest[lane] = max(number, self._latest.get(lane, 0))

    def close(self) -> Findings:
        """The findings, once every record was checked."""
        for number, (sent, seen) in enumerate(zip(self._account.sent, self._seen, strict=True), 1):
            if sent.id is not None and not seen:
                self._found.lost += 1
                self._show(f"event {number}, {sent.id}, is not in the chain")
            elif sent.id is None and sent.unsure:
                self._found.unknown_fate += 1
                self._found.unknown_fate_chained += seen > 0
            elif sent.id is None and seen:
                self._found.foreign += 1
                self._show(f"event {number} was refused and is in the chain")
        return self._found

    def _show(self, example: str) -> None:
        if len(self._found.examples) < _SHOWN:
            self._found.examples.append(example)
