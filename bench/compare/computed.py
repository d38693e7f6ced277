"""Speed at the stated latencies: of one request's whole way, and of one workspace at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..facts import OUTSIDE
from .counts import Count
from .names import SINGLE_FILE
from .requests import COMMIT, ROUND_TRIP

WORKSPACES = 8
_ADMITTING = OUTSIDE.times[ROUND_TRIP].value + OUTSIDE.times[COMMIT].value
"""Milliseconds of a request before it takes the lock of its workspace in PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most events a second of one workspace: what each serial part admits, and the least.

    `loop` is what makes the chain, one commit after the other. `group` is the queue's message
    group, and `partition` the table's partition; None where a design has none.
    """

    design: str
    batch: int
    loop: float
    group: float | None
    partition: float | None
    table: float | None

    @property
    def limits(self) -> dict[str, float]:
        """Events a second that each part admits."""
        named = {"loop": self.loop, "group": self.group, "partition": self.partition}
        return {name: value for name, value in named.items() if value is not None}

    @property
    def binding(self) -> str:
        """The part that admits least."""
        return min(self.limits, key=self.limits.__getitem__)

    @property
    def one(self) -> float:
        """Events a second of one workspace."""
        return self.limits[self.binding]

    @property
    def eight(self) -> float:
        """Events a second of eight workspaces. SQLite has one writer for all of them."""
        if self.design == SINGLE_FILE:
            return self.one
        return min(WORKSPACES * self.one, self.table or WORKSPACES * self.one)

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        return {
            "design": self.design,
            "batch": self.batch,
            **self.limits,
            "binding": self.binding,
            "one_workspace": self.one,
            "eight_workspaces": self.eight,
        }


def ceiling(full: Count) -> Ceiling:
    """The ceiling of a workspace, from a count with full deliveries."""
    if full.write_units is None or full.units_of_chain is None:
        admitting = 0 if full.design == SINGLE_FILE else full.requests * _ADMITTING
        serial = full.accepting.milliseconds - admitting
        return Ceiling(full.design, full.batch, full.events / serial * 1_000, None, None, None)
    quotas = OUTSIDE.quotas
    sends = sum(made.operation.startswith("Send") for made in full.accepting.calls)
    return Ceiling(
        full.design,
        full.batch,
        loop=full.events / full.chaining.milliseconds * 1_000,
        group=full.events / sends * quotas["group_calls"].value,
        partition=full.events / full.units_of_chain * quotas["partition_units"].value,
        table=full.events / full.write_units * quotas["table_units"].value,
    )


def whole_way(count: Count) -> dict[str, Any]:
    """A request's own time and that of its chaining, in milliseconds, and events a second."""
    return {
        "design": count.design,
        "batch": count.batch,
        "request_ms": count.accepting.milliseconds / count.requests,
        "chained_ms": count.whole_way,
        "events_a_second": count.batch / count.whole_way * 1_000,
    }
