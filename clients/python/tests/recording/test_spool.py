"""The file: bounded, versioned, clear when it cannot be used, and the same batch after a crash."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from opened_spool import MB, drain, open_spool

from indelible_client import RecorderClosed, SpoolDamaged, SpoolFailed, StoreFull
from indelible_client.recording import spool_schema
from indelible_client.recording.spool import Spool
from indelible_client.recording.spool_schema import examine


def test_a_batch_has_the_same_key_and_bytes_after_the_file_is_opened_again(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b'{"n":1}')
    first = spool.open_batch()
    spool.put(b'{"n":2}')
    spool.close()
    again = open_spool(tmp_path)
    assert again.open_batch() == first
    assert first is not None
    again.remove(first)
    second = again.open_batch()
    assert second is not None
    assert second.events == (b'{"n":2}',)
    assert second.key != first.key


def test_a_new_file_that_another_process_prepares_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses the change to a write-ahead log at once while another one changes the file."""
    open_spool(tmp_path).close()
    path = tmp_path / "events.spool"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    assert other.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, other.execute, ["COMMIT"])
    release.start()
    spool_schema.connect(path, "NORMAL").close()
    release.join()
    other.close()
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_batch_that_is_removed_twice_takes_nothing_else_along(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b"1")
    batch = spool.open_batch()
    assert batch is not None
    spool.remove(batch)
    spool.put(b"2")
    spool.remove(batch)
    assert drain(spool) == [b"2"]


def test_a_full_spool_keeps_the_oldest_and_takes_new_events_after_sending(tmp_path: Path) -> None:
    spool, kept = open_spool(tmp_path, MB), 0
    with pytest.raises(StoreFull, match="no room"):
        while True:
            spool.put(b"%d" % kept + b"x" * 5000)
            kept += 1
    assert 80 < kept < 210
    assert (tmp_path / "events.spool").stat().st_size <= MB
    found = drain(spool)
    assert [int(event.rstrip(b"x")) for event in found] == list(range(kept))
    spool.put(b"new")
    assert drain(spool) == [b"new"]


@pytest.mark.parametrize("max_bytes", [-1, 0, 100_000, 3e5])
def test_every_bound_holds_from_the_first_event_on(tmp_path: Path, max_bytes: Any) -> None:
    """The smallest is half a megabyte: one event may have a quarter of that."""
    spool = open_spool(tmp_path, max_bytes)
    with pytest.raises(StoreFull, match="no room"):
        for _ in range(1000):
            spool.put(b"x" * 1000)
    assert (tmp_path / "events.spool").stat().st_size <= MB / 2


def test_a_full_disk_is_no_full_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit stands for the end of the disk: it gives the same error."""
    spool = open_spool(tmp_path)
    spool.put(b"kept")
    limit = spool._limit
    monkeypatch.setattr(spool, "_limit", lambda pages: limit(min(pages, 8)))
    spool._disconnect()
    with pytest.raises(SpoolFailed, match="the disk is full"):
        for _ in range(10):
            spool.put(b"x" * 10_000)
    monkeypatch.undo()
    spool._disconnect()
    spool.put(b"later")
    found = drain(spool)
    assert (found[0], found[-1]) == (b"kept", b"later")


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\0" + b"x" * 5000]
)
def test_a_file_that_is_no_spool_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "events.spool"
    file.write_bytes(content)
    with pytest.raises(SpoolDamaged, match=r"events\.spool"):
        open_spool(tmp_path)
    assert file.read_bytes() == content


def test_another_application_s_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "events.spool"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE orders (id)")
    other.close()
    content = file.read_bytes()
    with pytest.raises(SpoolDamaged, match="is a database, but no spool"):
        open_spool(tmp_path)
    assert file.read_bytes() == content


def test_an_older_version_is_upgraded_with_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_spool(tmp_path)
    old.put(b"old")
    batch = old.open_batch()
    old.close()
    steps = (*spool_schema._STEPS, "CREATE TABLE later (id)")
    monkeypatch.setattr(spool_schema, "_STEPS", steps)
    monkeypatch.setattr(spool_schema, "VERSION", 2)
    new = open_spool(tmp_path)
    assert new.open_batch() == batch
    new.close()
    with sqlite3.connect(tmp_path / "events.spool") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        connection.execute("SELECT * FROM later")
    connection.close()


def test_damage_while_it_runs_is_said(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for _ in range(200):
        spool.put(b"x" * 1000)
    spool.close()
    file = tmp_path / "events.spool"
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(SpoolDamaged, match="is damaged"):
        drain(open_spool(tmp_path))
    with pytest.raises(SpoolDamaged, match="is damaged"):
        examine(file)


def test_a_directory_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpoolFailed, match="could not be used: No such file"):
        Spool(tmp_path / "missing" / "events.spool", MB)


def test_a_sealed_spool_takes_no_event(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.seal()
    with pytest.raises(RecorderClosed):
        spool.put(b"1")


def test_a_mark_is_passed_when_all_before_it_are_removed(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b"1")
    mark = spool.mark()
    batch = spool.open_batch()
    spool.put(b"2")
    assert batch is not None
    assert not spool.is_past(mark)
    spool.remove(batch)
    assert spool.is_past(mark)


def test_a_mark_is_passed_though_the_spool_was_empty_in_between(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b"1")
    spool.put(b"2")
    mark = spool.mark()
    assert drain(spool) == [b"1", b"2"]
    spool.put(b"3")
    assert spool.is_past(mark)
    assert not spool.is_past(spool.mark())
    assert drain(spool) == [b"3"]


def test_the_row_that_stays_is_empty(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b"patient-7")
    assert drain(spool) == [b"patient-7"]
    assert spool.count() == 0
    spool.close()
    assert examine(tmp_path / "events.spool").bytes == 0


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    spool.put(b"1")
    assert spool.may_send()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_examine_counts_and_changes_nothing(tmp_path: Path) -> None:
    spool = open_spool(tmp_path)
    for number in range(150):
        spool.put(b"%03d" % number)
    batch = spool.open_batch()
    found = examine(tmp_path / "events.spool")
    assert batch is not None
    assert (found.events, found.bytes) == (150, 450)
    assert (found.batch_key, found.batch_events) == (batch.key, 100)
