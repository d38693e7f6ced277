"""Ports whose every call goes through one function, which may fail it or let others run first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from indelible.checkpoints import workspace_map
from indelible.covering import cover_all, witnesses
from indelible.covering.services import Services
from indelible.covering.tile_edge import RememberedEdges
from support.deployment import ORIGIN, Deployment
from support.memory_ledger import MemoryLedger
from support.memory_log import MemorySigner
from support.port_faults import Faults

Call = Callable[[str, Callable[[], Any]], Any]
"""Carries out the call of a site, such as `bucket.put_new`, whose effect is a function."""

SMALL_MAP_BITS = 4
"""Bits of a key that name its leaf in the map. A map of 16 leaves is as good, and fast."""


class Wired:
    """A port with a name. Its calls go through `call`; those about nothing are none."""

    def __init__(self, name: str, port: object, call: Call) -> None:
        self._name = name
        self._port = port
        self._call = call

    def __getattr__(self, method: str) -> Any:
        target = getattr(self._port, method)
        if not callable(target):
            return target

        def call(*given: Any) -> Any:
            if given in (([],), ((),)):
                return target(*given)
            return self._call(f"{self._name}.{method}", lambda: target(*given))

        return call


class WiredReads(Faults):
    """The faults of a ledger. A read has no effect, so it does not matter whether it was done."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call

    def entered(self, method: str) -> Callable[[], None]:
        """Begin a call."""
        self._call(f"ledger.{method}", _nothing)
        return _nothing


def _nothing() -> None:
    """The effect of a read."""


def wired(
    log: Deployment,
    call: Call,
    remembered: RememberedEdges | None = None,
    signers: Sequence[MemorySigner] | None = None,
) -> Services:
    """What a process of this deployment works with."""
    named: Any = Wired
    return Services(
        MemoryLedger(WiredReads(call), log.ledger.chains),
        named("bucket", log.bucket, call),
        named("states", log.states, call),
        named("turns", log.turns, call),
        named("notes", log.notes, call),
        [named("signer", each, call) for each in signers or log.signers],
        [named("witness", each, call) for each in log.witnesses],
        ORIGIN,
        log.table_arn,
        remembered or RememberedEdges(),
    )


class InOrder:
    """A pool without threads: it makes one call after the other, so that runs are repeatable."""

    def __init__(self, _: int) -> None:
        pass

    def __enter__(self) -> InOrder:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
        """The results, in order."""
        return [function(each) for each in values]


@contextmanager
def small_and_in_order() -> Iterator[None]:
    """Runs have a small map and no threads of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace_map, "MAP_BITS", SMALL_MAP_BITS)
        patch.setattr(workspace_map, "MAP_LEAVES", 2**SMALL_MAP_BITS)
        patch.setattr(cover_all, "ThreadPoolExecutor", InOrder)
        patch.setattr(witnesses, "ThreadPoolExecutor", InOrder)
        yield
