"""Faults of the Protocols in memory: a test plans them, a call meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from indelible.errors import Unavailable


@dataclass
class Faults:
    """What goes wrong: a fault per call of a method, first come first served.

    `before` raises Unavailable in place of the effect, `after` once it has taken place (a lost
    reply). `interrupt` runs first in every call, so that a test can do anything in between.
    """

    calls: list[str] = field(default_factory=list)
    planned: dict[str, list[str | None]] = field(default_factory=dict)
    interrupt: Callable[[str], None] | None = None

    def plan(self, method: str, *faults: str | None) -> None:
        """The faults of the next calls of a method: "before", "after" or None."""
        self.planned.setdefault(method, []).extend(faults)

    def entered(self, method: str) -> Callable[[], None]:
        """Begin a call; the result is to be called once its effect has taken place."""
        self.calls.append(method)
        if self.interrupt:
            self.interrupt(method)
        faults = self.planned.get(method)
        fault = faults.pop(0) if faults else None
        if fault == "before":
            raise Unavailable(f"{method} was not done")

        def done() -> None:
            if fault == "after":
                raise Unavailable(f"the reply of {method} was lost")

        return done
