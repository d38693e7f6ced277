"""Spools of other versions. `spools/version-N.spool` was written by the first code of version N.

Each has an open batch with the events 0 to 2, and the events 3 and 4 waiting. A new version of the
format adds a file here, and these tests show that what an older package kept is still sent.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest
from model_server import LOST_BEFORE, WHOLE, ModelServer, body_of, recorder_to

from indelible_client import SpoolDamaged
from indelible_client.recording.spool_schema import VERSION, examine

SPOOLS = Path(__file__).with_name("spools")
KEY_OF_THE_OPEN_BATCH = "rec_of-an-older-version"


def _event(number: int) -> dict[str, object]:
    return {
        "actor_id": f"u{number}",
        "action": "document.created",
        "occurred_at": f"2026-11-26T12:00:0{number}Z",
        "metadata": {"name": "Zoë"},
    }


class Requests(ModelServer):
    """Keeps the key and the events of each request."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, list[dict[str, object]]]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        events = [json.loads(line) for line in body_of(request).split(b"\n")]
        self.sent.append((request.headers["Idempotency-Key"], events))
        return super().handle_request(request)


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_what_an_older_version_kept_is_sent_in_the_same_batch_under_its_key(
    tmp_path: Path, version: int
) -> None:
    file = tmp_path / "events.spool"
    shutil.copy(SPOOLS / f"version-{version}.spool", file)
    server = Requests()
    with recorder_to(server, spool=file) as recorder:
        recorder.record("new", "document.created")
    (key, batch), *later = server.sent
    assert (key, batch) == (KEY_OF_THE_OPEN_BATCH, [_event(number) for number in range(3)])
    assert [event for _, events in later for event in events][:2] == [_event(3), _event(4)]
    assert server.actors() == ["u0", "u1", "u2", "u3", "u4", "new"]
    assert examine(file).events == 0


def test_a_spool_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "events.spool"
    shutil.copy(SPOOLS / f"version-{VERSION}.spool", file)
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    content = file.read_bytes()
    with pytest.raises(SpoolDamaged, match=f"has version {VERSION + 1}; .* up to {VERSION}"):
        recorder_to(ModelServer(), spool=file)
    assert file.read_bytes() == content


def test_a_clock_set_back_between_two_starts_changes_neither_order_nor_number(
    tmp_path: Path,
) -> None:
    answers = [LOST_BEFORE]
    server, noon = ModelServer(lambda: answers[0]), datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
    for start in range(3):
        now = noon - timedelta(days=start)
        recorder = recorder_to(server, spool=tmp_path / "s", now=lambda now=now: now)
        for number in range(150):
            recorder.record(f"u{start}-{number}", "document.created")
        recorder.close(0.01)
    answers[0] = WHOLE
    assert recorder_to(server, spool=tmp_path / "s").close(30)
    assert server.actors() == [f"u{start}-{number}" for start in range(3) for number in range(150)]
    days = [event["occurred_at"][:10] for event in server.chain[::150]]
    assert days == ["2026-03-02", "2026-03-01", "2026-02-28"]
