"""Planned faults of the ports in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from indelible.errors import Unavailable


@dataclass
class Faults:
    """The calls of a port so far, and the faults of the next calls of each method, in order.

    The fault "before" raises Unavailable instead of the effect. "after" raises it when the effect
    has taken place, like a lost reply. `interrupt` runs at the beginning of every call.
    """

    calls: list[str] = field(default_factory=list)
    planned: dict[str, list[str | None]] = field(default_factory=dict)
    interrupt: Callable[[str], None] | None = None

    def plan(self, method: str, *faults: str | None) -> None:
        """Plan the faults of the next calls of a method: "before", "after" or None for no fault."""
        self.planned.setdefault(method, []).extend(faults)

    def entered(self, method: str) -> Callable[[], None]:
        """Begin a call; call the result when the effect has taken place."""
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
