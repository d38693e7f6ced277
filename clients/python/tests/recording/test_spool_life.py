"""A spool in any order of steps and crashes, compared with a list."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from opened_spool import open_spool

from indelible_client.recording.batches import Batch


class _Life(RuleBasedStateMachine):
    """Puts, batches, removals and crashes in any order; a list is the model."""

    directory: Path
    number = 0

    @initialize()
    def begin(self) -> None:
        _Life.number += 1
        self.path = self.directory / str(_Life.number)
        self.path.mkdir()
        self.spool = open_spool(self.path)
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
        self.spool = open_spool(self.path)

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
