"""Flush and close: what was recorded is sent, or the caller and the log hear it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from unittest.mock import Mock

import pytest
from model_server import LOST_BEFORE, Gate, ModelServer, recorder_to

from indelible_client import (
    Recorder,
    RecorderClosed,
)
from indelible_client.recording import recorder as recorder_module
from indelible_client.recording import sending_thread
from indelible_client.recording.sending_thread import SendingThread


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
    assert server.reached.wait(30)
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
    assert closed.wait(30)


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


def test_a_flush_that_comes_while_the_thread_wakes_is_not_forgotten(
    spool: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would wait for the next look, which is a second later: too long for a short time limit."""
    to_come = ["flush"]

    class Overtaken(SendingThread):
        wants_all = False

        @property
        def _all_wanted(self) -> bool:
            found = self.wants_all
            if to_come:
                to_come.pop()
                self.send_all()  # as a flush in another thread, at just this moment
            return found

        @_all_wanted.setter
        def _all_wanted(self, value: bool) -> None:
            self.wants_all = value

    monkeypatch.setattr(sending_thread, "_LINGER_SECONDS", 60.0)
    monkeypatch.setattr(recorder_module, "SendingThread", Overtaken)
    recorder = recorder_to(ModelServer(), spool=spool)
    recorder.record("u", "a")
    recorder._thread.send_full()
    assert recorder._thread.wait_until(lambda: recorder._store.count() == 0, 10)
    assert recorder.close()
