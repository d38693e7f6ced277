"""A full store: the caller chooses to wait or to get an error, and the oldest events are kept."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from model_server import Gate, ModelServer, recorder_to

from indelible_client import (
    SpoolFailed,
    StoreFull,
)
from indelible_client.recording.batches import Batch
from indelible_client.recording.spool import Spool


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
        assert tried.acquire(timeout=30)
    assert [type(error) for error in held] == [SpoolFailed]
    is_full.clear()
    assert recorder.close()
    assert [type(error) for error in held] == [SpoolFailed, type(None)]
    assert len(requests) == 1
