"""`record()` returns at once; what was recorded arrives once, in order, or the caller hears it."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from model_server import KEY, LOST_BEFORE, URL, ModelServer, body_of, recorder_to

from indelible_client import (
    IndelibleError,
    InvalidEvent,
    InvalidSettings,
    Recorder,
    RecorderClosed,
    SpoolDamaged,
    SpoolFailed,
    StoreFull,
    Unauthenticated,
)
from indelible_client.recording.batches import Batch
from indelible_client.recording.spool import Spool


class Gate(ModelServer):
    """Answers only while it is open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.reached = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.reached.set()
        self.open.wait(30)
        return super().handle_request(request)


@pytest.fixture(params=["buffer", "spool"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "events.spool" if request.param == "spool" else None


def test_events_arrive_once_in_order_and_in_batches_of_a_hundred(spool: Path | None) -> None:
    server = Gate()
    with recorder_to(server, spool=spool) as recorder:
        for number in range(1050):
            recorder.record(f"u{number}", "document.created")
        server.open.set()
    assert server.actors() == [f"u{number}" for number in range(1050)]
    assert max(server.batches) == 100
    assert len(server.batches) <= 12


def test_what_is_recorded_when_no_thread_can_start_is_sent_by_close(
    spool: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.12 starts no thread once the main thread has ended."""
    monkeypatch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError))
    server = ModelServer()
    with recorder_to(server, spool=spool) as recorder:
        for number in range(250):
            recorder.record(f"u{number}", "document.created")
    assert server.actors() == [f"u{number}" for number in range(250)]


def test_close_in_time_although_no_thread_can_start_and_nothing_answers(
    spool: Path | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError))
    recorder = recorder_to(ModelServer(lambda: LOST_BEFORE), spool=spool)
    recorder.record("u", "document.created")
    begin = time.monotonic()
    assert not recorder.close(0.5)
    assert time.monotonic() - begin < 2
    assert ("1 events were not sent and are lost" in caplog.text) == (spool is None)


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


def test_an_event_that_comes_while_one_is_sent_waits_for_others(spool: Path | None) -> None:
    """Otherwise each event of a slow trickle would be a request of its own."""
    server = Gate()
    recorder = recorder_to(server, spool=spool)
    recorder.record("u0", "a")
    assert server.reached.wait(5)
    for number in range(1, 5):
        recorder.record(f"u{number}", "a")
    server.open.set()
    time.sleep(0.3)
    for number in range(5, 9):
        recorder.record(f"u{number}", "a")
    assert recorder.close()
    assert server.batches == [1, 8]


def test_what_is_left_of_a_full_batch_waits_for_others(spool: Path | None) -> None:
    """Otherwise batches of a steady stream would be half full, and cost twice."""
    server = Gate()
    server.open.set()
    recorder = recorder_to(server, spool=spool)
    for number in range(130):
        recorder.record(f"u{number}", "a")
    assert recorder._thread.wait_until(lambda: recorder._store.count() == 30, 10)
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


def test_a_full_store_raises_and_keeps_the_oldest(spool: Path | None) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool, max_bytes=1024 * 1024)
    kept = 0
    with pytest.raises(StoreFull):
        while True:
            recorder.record(f"u{kept}", "a", user_agent="x" * 20_000)
            kept += 1
    server.open.set()
    assert recorder.close()
    assert kept > 20
    assert server.actors() == [f"u{number}" for number in range(kept)]


def test_a_full_store_blocks_until_there_is_room(spool: Path | None) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool, max_bytes=1024 * 1024, block_seconds=30)
    opener = threading.Timer(0.2, server.open.set)
    opener.start()
    for number in range(200):
        recorder.record(f"u{number}", "a", user_agent="x" * 20_000)
    assert recorder.close()
    assert server.actors() == [f"u{number}" for number in range(200)]


def test_blocking_ends_with_an_error(spool: Path | None) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool, max_bytes=1024 * 1024, block_seconds=0.1)
    with pytest.raises(StoreFull):
        for _ in range(200):
            recorder.record("u", "a", user_agent="x" * 20_000)
    server.open.set()
    recorder.close()


def test_in_an_event_loop_a_full_store_blocks_no_other_task(spool: Path | None) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool, max_bytes=1024 * 1024, block_seconds=30)

    async def record() -> None:
        for number in range(100):
            await recorder.arecord(f"u{number}", "a", user_agent="x" * 20_000)

    async def both() -> None:
        recording = asyncio.create_task(record())
        await asyncio.sleep(0.2)
        assert not recording.done()
        server.open.set()
        await recording

    asyncio.run(both())
    assert recorder.close()
    assert server.actors() == [f"u{number}" for number in range(100)]


def test_an_event_that_is_cancelled_while_it_waits_for_room_is_not_recorded(
    spool: Path | None,
) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool, max_bytes=1024 * 1024, block_seconds=30)

    async def record_until_cancelled() -> int:
        for number in range(1000):
            event = recorder.arecord(f"u{number}", "a", user_agent="x" * 20_000)
            try:
                await asyncio.wait_for(event, 0.2)
            except asyncio.TimeoutError:
                return number
        raise AssertionError

    kept = asyncio.run(record_until_cancelled())
    server.open.set()
    assert recorder.close()
    assert server.actors() == [f"u{number}" for number in range(kept)]


def test_flush_in_a_callback_does_not_wait_for_itself(spool: Path | None) -> None:
    flushed: list[bool] = []
    server = ModelServer()
    recorder = recorder_to(
        server, spool=spool, on_refused=lambda _event, _errors: flushed.append(recorder.flush(600))
    )
    recorder.record("u", "invalid")
    assert recorder.close(30)
    assert flushed == [False]


def test_flush_says_whether_all_is_answered(spool: Path | None) -> None:
    server = Gate()
    recorder = recorder_to(server, spool=spool)
    recorder.record("u", "a")
    assert not recorder.flush(0.1)
    server.open.set()
    assert recorder.flush(10)
    assert server.actors() == ["u"]
    recorder.close()


def test_a_closed_recorder_takes_no_event_and_closes_once(spool: Path | None) -> None:
    recorder = recorder_to(ModelServer(), spool=spool)
    assert recorder.close()
    assert recorder.close()
    with pytest.raises(RecorderClosed):
        recorder.record("u", "a")


def test_a_second_close_waits_for_the_first(spool: Path | None) -> None:
    """The end of the process must not overtake a close that SIGTERM began."""
    server = Gate()
    recorder = recorder_to(server, spool=spool)
    recorder.record("u", "a")
    first = threading.Thread(target=recorder.close)
    first.start()
    assert server.reached.wait(5)
    threading.Timer(0.1, server.open.set).start()
    assert recorder.close()
    assert server.actors() == ["u"]
    first.join()


def test_close_in_a_callback_does_not_wait_for_itself(spool: Path | None) -> None:
    recorder: Recorder
    closed = threading.Event()

    def on_refused(_event: object, _errors: object) -> None:
        recorder.close(0.01)
        closed.set()

    recorder = recorder_to(ModelServer(), spool=spool, on_refused=on_refused)
    recorder.record("u", "invalid")
    recorder.flush(0.01)
    assert closed.wait(5)


def test_what_a_buffer_loses_at_its_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    server = ModelServer(lambda: "lost before")
    recorder = recorder_to(server)
    recorder.record("u", "a")
    recorder.record("u", "a")
    assert not recorder.close(0.1)
    assert "2 events were not sent and are lost" in caplog.text


def test_what_a_spool_holds_is_sent_by_the_next_recorder(tmp_path: Path) -> None:
    down = recorder_to(ModelServer(lambda: "lost before"), spool=tmp_path / "s")
    for number in range(150):
        down.record(f"u{number}", "a")
    assert not down.close(0.1)
    server = ModelServer()
    assert recorder_to(server, spool=tmp_path / "s").close()
    assert server.actors() == [f"u{number}" for number in range(150)]


def test_a_second_recorder_of_the_file_leaves_the_sending_to_the_first(tmp_path: Path) -> None:
    first, second = ModelServer(), ModelServer()
    one = recorder_to(first, spool=tmp_path / "s")
    one.record("u1", "a")
    assert one.flush()
    two = recorder_to(second, spool=tmp_path / "s")
    two.record("u2", "a")
    assert two.flush()
    assert first.actors() == ["u1", "u2"]
    one.close()
    two.record("u3", "a")
    assert two.close()
    assert second.actors() == ["u3"]


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
    assert seen.wait(5)
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


def test_an_answered_batch_that_a_full_disk_keeps_is_reported_once_and_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, held, is_full, tried = ModelServer(), [], threading.Event(), threading.Semaphore(0)
    remove = Spool.remove

    def remove_if_there_is_room(spool: Spool, batch: Batch) -> None:
        tried.release()
        if is_full.is_set():
            raise SpoolFailed("the disk is full")
        remove(spool, batch)

    monkeypatch.setattr(Spool, "remove", remove_if_there_is_room)
    requests = []
    monkeypatch.setattr(
        server, "answer", lambda *a: requests.append(a) or ModelServer.answer(server, *a)
    )
    recorder = recorder_to(server, spool=tmp_path / "events.spool", on_held=held.append)
    is_full.set()
    recorder.record("u", "document.created")
    for _ in range(3):
        recorder.flush(0.01)
        assert tried.acquire(timeout=10)
    assert [type(error) for error in held] == [SpoolFailed]
    is_full.clear()
    assert recorder.close()
    assert [type(error) for error in held] == [SpoolFailed, type(None)]
    assert len(requests) == 1
