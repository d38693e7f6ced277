"""`record()` returns at once; what was recorded arrives once, in order, or the caller hears it."""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from model_server import KEY, URL, Gate, ModelServer, body_of, recorder_to

from indelible_client import (
    IndelibleError,
    InvalidEvent,
    InvalidSettings,
    Recorder,
    SpoolDamaged,
    Unauthenticated,
)
from indelible_client.recording import sending_thread


def test_events_arrive_once_in_order_and_in_batches_of_a_hundred(spool: Path | None) -> None:
    server = Gate()
    with recorder_to(server, spool=spool) as recorder:
        for number in range(1050):
            recorder.record(f"u{number}", "document.created")
        server.open.set()
    assert server.actors() == [f"u{number}" for number in range(1050)]
    assert max(server.batches) == 100
    assert len(server.batches) <= 12


def test_an_event_is_sent_within_two_seconds_without_a_flush(spool: Path | None) -> None:
    server = Gate()
    with recorder_to(server, spool=spool) as recorder:
        recorder.record("u", "document.created")
        assert server.reached.wait(2.0)
        server.open.set()


def test_fifty_threads_lose_nothing_and_one_batch_is_under_way(spool: Path | None) -> None:
    server = ModelServer()
    recorder = recorder_to(server, spool=spool)

    def record(thread: int) -> None:
        for number in range(40):
            recorder.record(f"{thread}-{number}", "document.created")

    threads = [threading.Thread(target=record, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert recorder.close(30)
    arrived = server.actors()
    for name in range(50):
        mine = [actor for actor in arrived if actor.startswith(f"{name}-")]
        assert mine == [f"{name}-{number}" for number in range(40)]
    assert len(arrived) == 2000
    assert not server.overlapped


def test_an_event_that_comes_while_one_is_sent_waits_for_others(
    spool: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each event of a slow trickle would be a request of its own."""
    server = Gate()
    recorder = recorder_to(server, spool=spool)
    recorder.record("u0", "a")
    assert server.reached.wait(30)
    monkeypatch.setattr(sending_thread, "_LINGER_SECONDS", 60.0)
    for number in range(1, 5):
        recorder.record(f"u{number}", "a")
    server.open.set()
    assert recorder._thread.wait_until(lambda: recorder._store.count() == 4, 30)
    time.sleep(0.3)
    for number in range(5, 9):
        recorder.record(f"u{number}", "a")
    assert recorder.close()
    assert server.batches == [1, 8]


def test_what_is_left_of_a_full_batch_waits_for_others(
    spool: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise batches of a steady stream would be half full, and cost twice."""
    monkeypatch.setattr(sending_thread, "_LINGER_SECONDS", 60.0)
    server = Gate()
    server.open.set()
    recorder = recorder_to(server, spool=spool)
    for number in range(130):
        recorder.record(f"u{number}", "a")
    assert recorder._thread.wait_until(lambda: recorder._store.count() == 30, 30)
    for number in range(130, 200):
        recorder.record(f"u{number}", "a")
    assert recorder.close()
    assert server.batches == [100, 100]


def test_occurred_at_is_the_time_of_the_call_in_utc_with_microseconds(spool: Path | None) -> None:
    server = ModelServer()
    now = datetime(2026, 3, 2, 10, 15, 30, tzinfo=timezone.utc)
    with recorder_to(server, spool=spool, now=lambda: now) as recorder:
        recorder.record("u1", "document.created")
        recorder.record("u2", "document.created", occurred_at="2025-01-01T00:00:00Z")
    assert [event["occurred_at"] for event in server.chain] == [
        "2026-03-02T10:15:30.000000+00:00",
        "2025-01-01T00:00:00Z",
    ]


def test_a_clock_set_back_changes_neither_order_nor_number(spool: Path | None) -> None:
    server = ModelServer()
    start = datetime(2026, 3, 2, tzinfo=timezone.utc)
    times = iter(start - timedelta(days=number) for number in range(300))
    with recorder_to(server, spool=spool, now=lambda: next(times)) as recorder:
        for number in range(300):
            recorder.record(f"u{number}", "document.created")
    assert server.actors() == [f"u{number}" for number in range(300)]


def test_a_wrong_event_is_said_at_the_call_and_the_others_go_on(spool: Path | None) -> None:
    server = ModelServer()
    with recorder_to(server, spool=spool) as recorder:
        with pytest.raises(InvalidEvent) as caught:
            recorder.record("u", "a", metadata={"when": datetime.now(timezone.utc)})
        recorder.record("u2", "a")
    assert caught.value.field == "metadata.when"
    assert server.actors() == ["u2"]


def test_a_changed_dict_does_not_change_what_was_recorded(spool: Path | None) -> None:
    server, metadata = ModelServer(), {"state": "draft"}
    with recorder_to(server, spool=spool) as recorder:
        recorder.record("u", "a", metadata=metadata)
        metadata["state"] = "final"
    assert server.chain[0]["metadata"] == {"state": "draft"}


def test_refused_events_are_handed_over_and_the_others_are_chained(spool: Path | None) -> None:
    server, refused = ModelServer(), []
    with recorder_to(
        server, spool=spool, on_refused=lambda event, errors: refused.append((event, errors))
    ) as recorder:
        recorder.record("u1", "a")
        recorder.record("u2", "invalid")
        recorder.record("u3", "a")
    assert server.actors() == ["u1", "u3"]
    assert [(e["actor_id"], errors[0]["field"]) for e, errors in refused] == [("u2", "action")]


def test_a_revoked_key_holds_the_events_and_says_so(spool: Path | None) -> None:
    class Revoked(ModelServer):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            error = {"error": "unauthenticated", "message": "The key is revoked."}
            return httpx.Response(401, json=error)

    held: list[IndelibleError | None] = []
    seen = threading.Event()

    def on_held(error: IndelibleError | None) -> None:
        held.append(error)
        seen.set()

    recorder = recorder_to(Revoked(), spool=spool, on_held=on_held)
    recorder.record("u", "a")
    recorder.flush(0.01)
    assert seen.wait(30)
    recorder.close(0.01)
    assert [type(error) for error in held] == [Unauthenticated]
    assert str(held[0]) == "401 unauthenticated: The key is revoked."


def test_an_error_in_the_sender_does_not_end_the_sending(spool: Path | None) -> None:
    class Broken(ModelServer):
        broken = True

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if self.broken:
                self.broken = False
                raise RuntimeError("a bug")
            return super().handle_request(request)

    server = Broken()
    causes: list[Any] = []
    with recorder_to(server, spool=spool, on_held=causes.append) as recorder:
        recorder.record("u", "a")
    assert server.actors() == ["u"]
    assert [cause and str(cause) for cause in causes] == [
        "RuntimeError in the sending thread",
        None,
    ]


def test_a_spool_that_cannot_be_used_is_no_buffer(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"something else" * 100)
    with pytest.raises(SpoolDamaged):
        recorder_to(ModelServer(), spool=tmp_path / "s")


def test_a_batch_is_a_line_for_each_event_and_repeated_byte_by_byte(spool: Path | None) -> None:
    requests: list[httpx.Request] = []

    class Seen(ModelServer):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            requests.append(request)
            if len(requests) == 1:
                raise httpx.ReadTimeout("late")
            return super().handle_request(request)

    with recorder_to(Seen(), spool=spool) as recorder:
        recorder.record("u", "é 🎉", metadata={"a": [1, None]})
        recorder.record("v", "two\nlines", user_agent="x" * 2000)
    first, second = requests
    assert body_of(first) == body_of(second)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Content-Type"] == "application/x-ndjson"
    assert first.headers["Authorization"] == f"Bearer {KEY}"
    assert str(first.url) == f"{URL}/api/v1/events/batch"
    lines = body_of(first).split(b"\n")
    assert [json.loads(line)["action"] for line in lines] == ["é 🎉", "two\nlines"]


def test_the_key_is_in_no_repr_and_no_log(
    spool: Path | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with recorder_to(ModelServer(), spool=spool) as recorder:
        recorder.record("patient-7", "a")
        assert KEY not in repr(recorder)
    assert KEY not in caplog.text
    assert "patient-7" not in caplog.text


def test_wrong_settings_are_said_at_once_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings):
        Recorder("", URL, spool=tmp_path / "s")
    assert list(tmp_path.iterdir()) == []
