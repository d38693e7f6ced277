"""Reading many items: what DynamoDB leaves unprocessed is requested again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from indelible.aws.batch_get import read_items
from indelible.aws.table import Table, key
from indelible.errors import Unavailable

KEYS = [key("CLAIM#ws", f"{n:03d}") for n in range(250)]


@dataclass
class OneKeyACall:
    """A client of DynamoDB that processes the last key of each call, up to `processes` in all."""

    stored: list[dict[str, Any]]
    processes: int = 1_000
    calls: list[int] = field(default_factory=list)

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        [(table, request)] = RequestItems.items()
        keys = request["Keys"]
        self.calls.append(len(keys))
        done = keys[-1:] if len(self.calls) <= self.processes else []
        left = keys[: len(keys) - len(done)]
        return {
            "Responses": {table: [each for each in done if each in self.stored]},
            "UnprocessedKeys": {table: {"Keys": left}} if left else {},
        }


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made; none takes time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def read(client: OneKeyACall) -> list[Any]:
    return [*read_items(Table(cast("Any", client), "table"), KEYS)]


@pytest.mark.parametrize("stored", [[], KEYS[::3], KEYS], ids=["none", "a third", "all"])
def test_items_are_read_in_order_however_few_keys_a_call_processes(
    pauses: list[float], stored: list[Any]
) -> None:
    """A key that is processed and missing is progress, as much as an item that is found."""
    client = OneKeyACall(stored)
    assert read(client) == stored
    assert client.calls == [*range(100, 0, -1), *range(100, 0, -1), *range(50, 0, -1)]
    assert pauses == []


def test_keys_that_stay_unprocessed_are_an_error_and_not_missing(pauses: list[float]) -> None:
    client = OneKeyACall(KEYS, processes=20)
    with pytest.raises(Unavailable, match="unread"):
        read(client)
    assert client.calls == [*range(100, 79, -1), *[80] * 4]
    assert len(pauses) == 4
