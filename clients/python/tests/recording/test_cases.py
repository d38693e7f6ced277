"""The cases that every client passes: batches, answers, events. See ../../../cases/README.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from model_server import KEY, URL, body_of

from indelible_client import Client, InvalidEvent
from indelible_client.recording.batches import Batch, oldest_that_fit
from indelible_client.recording.delivery import Delivery
from indelible_client.recording.encode import encode_event

CASES = Path(__file__).parents[3] / "cases"
SOON, LATE = 1.0, 30.0
"""Seconds: the longest first pause of back-off, and the shortest of a held batch."""


def _cases(name: str) -> list[Any]:
    cases = json.loads((CASES / f"{name}.json").read_text())
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", _cases("batching"))
def test_batches_are_cut_alike(case: dict[str, Any]) -> None:
    events = [b"x" * each["size"] for each in case["recorded"] for _ in range(each["events"])]
    found = []
    while events:
        taken = oldest_that_fit(events)
        found.append(len(taken))
        events = events[len(taken) :]
    assert found == case["batches"]


@pytest.mark.parametrize("case", _cases("answers"))
def test_answers_are_read_alike(case: dict[str, Any]) -> None:
    """The first answer is that of the case; the second one ends every batch."""
    events = tuple(encode_event(f"u{n}", "a", {}) for n in range(case["events"]))
    queued = {"events": [{"id": "019584a1", "status": "queued"} for _ in events]}
    requests: list[httpx.Request] = []
    waits: list[float] = []
    refused: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return _response(case) if len(requests) == 1 else httpx.Response(202, json=queued)

    def pause(seconds: float) -> bool:
        waits.append(seconds)
        return False

    delivery = Delivery(
        Client(KEY, URL, retry_for=0, http=httpx.Client(transport=httpx.MockTransport(handle))),
        pause,
        lambda: 1.0,
        lambda event, _: refused.append(event["actor_id"]),
        None,
    )
    assert delivery.deliver(Batch("k1", events))
    if case["expect"] == "done":
        assert len(requests) == 1
        assert refused == [f"u{n}" for n in case["refused"]]
        return
    first, second = requests
    assert body_of(first) == body_of(second)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert refused == []
    if case["expect"] == "blocked":
        assert waits[0] >= LATE
    else:
        assert case.get("after", 0) <= waits[0] <= case.get("after", 0) + SOON


def _response(case: dict[str, Any]) -> httpx.Response:
    """The response of a case. Where it is cut, the connection breaks in the middle."""
    body = json.dumps(case["body"]) if "body" in case else case.get("text", "")
    content = body.encode()
    headers = {"content-type": "application/json"} if "body" in case else {}
    headers.update(case.get("headers", {}))
    if "cut" not in case:
        return httpx.Response(case["status"], headers=headers, content=content)
    if not case["cut"]:
        raise httpx.RemoteProtocolError("closed without an answer")
    part = content[: int(len(content) * case["cut"])]
    return httpx.Response(case["status"], headers=headers, stream=_Broken(part))


class _Broken(httpx.SyncByteStream):
    def __init__(self, part: bytes) -> None:
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        yield self._part
        raise httpx.ReadError("reset")


@pytest.mark.parametrize("case", _cases("events"))
def test_events_are_checked_alike(case: dict[str, Any]) -> None:
    event = dict(case["event"])
    actor_id, action = event.pop("actor_id", None), event.pop("action", None)
    if case["refused"] is None:
        assert json.loads(encode_event(actor_id, action, event))
        return
    with pytest.raises(InvalidEvent) as caught:
        encode_event(actor_id, action, event)
    assert caught.value.field == case["refused"]
