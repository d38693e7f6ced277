"""The file: bounded, versioned, clear when it cannot be used, and the same batch after a crash."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from indelible_client import RecorderClosed, SpoolDamaged, SpoolFailed, StoreFull
from indelible_client.recording import spool_schema
from indelible_client.recording.batches import Batch
from indelible_client.recording.spool import Spool
from indelible_client.recording.spool_schema import examine

MB = 1024 * 1024


def _spool(path: Path, max_bytes: int = 64 * MB, **options: Any) -> Spool:
    return Spool(path / "events.spool", max_bytes, **options)


def _drain(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while (batch := spool.open_batch()) is not None:
        found += batch.events
        spool.remove(batch)
    return found


def test_a_batch_has_the_same_key_and_bytes_after_the_file_is_opened_again(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b'{"n":1}')
    first = spool.open_batch()
    spool.put(b'{"n":2}')
    spool.close()
    again = _spool(tmp_path)
    assert again.open_batch() == first
    assert first is not None
    again.remove(first)
    second = again.open_batch()
    assert second is not None
    assert second.events == (b'{"n":2}',)
    assert second.key != first.key


def test_a_batch_that_is_removed_twice_takes_nothing_else_along(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b"1")
    batch = spool.open_batch()
    assert batch is not None
    spool.remove(batch)
    spool.put(b"2")
    spool.remove(batch)
    assert _drain(spool) == [b"2"]


def test_a_full_spool_keeps_the_oldest_and_takes_new_events_after_sending(tmp_path: Path) -> None:
    spool, kept = _spool(tmp_path, MB), 0
    with pytest.raises(StoreFull, match="no room"):
        while True:
            spool.put(b"%d" % kept + b"x" * 5000)
            kept += 1
    assert 80 < kept < 210
    assert (tmp_path / "events.spool").stat().st_size <= MB
    found = _drain(spool)
    assert [int(event.rstrip(b"x")) for event in found] == list(range(kept))
    spool.put(b"new")
    assert _drain(spool) == [b"new"]


@pytest.mark.parametrize("max_bytes", [-1, 0, 100_000, 3e5])
def test_every_bound_holds_from_the_first_event_on(tmp_path: Path, max_bytes: Any) -> None:
    """The smallest is half a megabyte: one event may have a quarter of that."""
    spool = _spool(tmp_path, max_bytes)
    with pytest.raises(StoreFull, match="no room"):
        for _ in range(1000):
            spool.put(b"x" * 1000)
    assert (tmp_path / "events.spool").stat().st_size <= MB / 2


def test_a_full_disk_is_no_full_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own limit stands for the end of the disk: it gives the same error."""
    spool = _spool(tmp_path)
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
    found = _drain(spool)
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
        _spool(tmp_path)
    assert file.read_bytes() == content


def test_another_application_s_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "events.spool"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE orders (id)")
    other.close()
    content = file.read_bytes()
    with pytest.raises(SpoolDamaged, match="is a database, but no spool"):
        _spool(tmp_path)
    assert file.read_bytes() == content


def test_an_older_version_is_upgraded_with_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = _spool(tmp_path)
    old.put(b"old")
    batch = old.open_batch()
    old.close()
    steps = (*spool_schema._STEPS, "CREATE TABLE later (id)")
    monkeypatch.setattr(spool_schema, "_STEPS", steps)
    monkeypatch.setattr(spool_schema, "VERSION", 2)
    new = _spool(tmp_path)
    assert new.open_batch() == batch
    new.close()
    with sqlite3.connect(tmp_path / "events.spool") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        connection.execute("SELECT * FROM later")
    connection.close()


def test_damage_while_it_runs_is_said(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    for _ in range(200):
        spool.put(b"x" * 1000)
    spool.close()
    file = tmp_path / "events.spool"
    content = bytearray(file.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    file.write_bytes(content)
    with pytest.raises(SpoolDamaged, match="is damaged"):
        _drain(_spool(tmp_path))
    with pytest.raises(SpoolDamaged, match="is damaged"):
        examine(file)


def test_a_directory_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SpoolFailed, match="could not be used: No such file"):
        Spool(tmp_path / "missing" / "events.spool", MB)


def test_a_sealed_spool_takes_no_event(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.seal()
    with pytest.raises(RecorderClosed):
        spool.put(b"1")


def test_only_one_of_two_sends_until_it_is_closed(tmp_path: Path) -> None:
    one, two = _spool(tmp_path), _spool(tmp_path)
    assert one.may_send()
    assert not two.may_send()
    one.close()
    assert two.may_send()
    two.close()


def test_a_child_that_lives_on_does_not_keep_the_lock(tmp_path: Path) -> None:
    one, two = _spool(tmp_path), _spool(tmp_path)
    assert one.may_send()
    ready, stay = os.pipe(), os.pipe()
    one.before_fork()
    child = os.fork()
    if not child:
        one.after_fork_in_child()
        os.write(ready[1], b"x")
        os.close(stay[1])
        os.read(stay[0], 1)
        os._exit(0)
    one.after_fork_in_parent()
    os.read(ready[0], 1)
    assert not two.may_send()
    one.close()
    assert two.may_send()
    os.close(stay[1])
    os.waitpid(child, 0)
    two.close()


def test_a_mark_is_passed_when_all_before_it_are_removed(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b"1")
    mark = spool.mark()
    batch = spool.open_batch()
    spool.put(b"2")
    assert batch is not None
    assert not spool.is_past(mark)
    spool.remove(batch)
    assert spool.is_past(mark)


def test_a_mark_is_passed_though_the_spool_was_empty_in_between(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b"1")
    spool.put(b"2")
    mark = spool.mark()
    assert _drain(spool) == [b"1", b"2"]
    spool.put(b"3")
    assert spool.is_past(mark)
    assert not spool.is_past(spool.mark())
    assert _drain(spool) == [b"3"]


def test_the_row_that_stays_is_empty(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b"patient-7")
    assert _drain(spool) == [b"patient-7"]
    assert spool.count() == 0
    spool.close()
    assert examine(tmp_path / "events.spool").bytes == 0


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.put(b"1")
    assert spool.may_send()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_examine_counts_and_changes_nothing(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    for number in range(150):
        spool.put(b"%03d" % number)
    batch = spool.open_batch()
    found = examine(tmp_path / "events.spool")
    assert batch is not None
    assert (found.events, found.bytes) == (150, 450)
    assert (found.batch_key, found.batch_events) == (batch.key, 100)


class _Life(RuleBasedStateMachine):
    """Puts, batches, removals and crashes in any order; a list is the model."""

    directory: Path
    number = 0

    @initialize()
    def begin(self) -> None:
        _Life.number += 1
        self.path = self.directory / str(_Life.number)
        self.path.mkdir()
        self.spool = _spool(self.path)
        self.waiting: list[bytes] = []
        self.batch: Batch | None = None
        self.count = 0

    @rule(count=st.integers(1, 130), size=st.integers(1, 10_000))
    def put(self, count: int, size: int) -> None:
        for _ in range(count):
            self.count += 1
            event = b"%d" % self.count + b"x" * size
            self.spool.put(event)
            self.waiting.append(event)

    @rule()
    def open_batch(self) -> None:
        found = self.spool.open_batch()
        if self.batch is not None:
            assert found == self.batch
        elif found is None:
            assert not self.waiting
        else:
            assert list(found.events) == self.waiting[: len(found.events)]
        self.batch = found

    @rule()
    def remove(self) -> None:
        if self.batch is not None:
            self.spool.remove(self.batch)
            del self.waiting[: len(self.batch.events)]
            self.batch = None

    @rule()
    def crash(self) -> None:
        self.spool._disconnect()
        self.spool = _spool(self.path)

    def teardown(self) -> None:
        if hasattr(self, "spool"):
            self.spool.close()


def test_any_order_of_steps_and_crashes_keeps_events_order_and_batch(tmp_path: Path) -> None:
    _Life.directory = tmp_path
    run_state_machine_as_test(
        _Life,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_spools_of_one_process_keep_the_file_from_being_swept_by_another(
    tmp_path: Path,
) -> None:
    """Closing any descriptor of a file ends all POSIX locks that the process has on it.

    Another process would then take itself for the last one, and remove the write-ahead log.
    """
    first, second = _spool(tmp_path), _spool(tmp_path)
    first.put(b"1")
    assert _count_elsewhere(tmp_path) == 1
    second.put(b"2")
    first.put(b"3")
    assert _count_elsewhere(tmp_path) == 3
    first.close()
    second.close()


def _count_elsewhere(path: Path) -> int:
    """Count the events as another process sees them, which opens and closes the spool."""
    program = (
        "import sys; from indelible_client.recording.spool import Spool; "
        "spool = Spool(sys.argv[1], 1 << 26); print(spool.count()); spool.close()"
    )
    source = Path(spool_schema.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", program, str(path / "events.spool")],
        env={**os.environ, "PYTHONPATH": str(source)},
        check=True,
        capture_output=True,
    )
    return int(found.stdout)
