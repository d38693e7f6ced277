"""Exports that fail: with the place and the way out, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from indelible.chain.segment import Damaged, Segment
from indelible.errors import Conflict, Unavailable, Unreadable
from indelible.exporting import steps
from indelible.exporting.job import UNFINISHED_KEPT, ExportStatus
from indelible.exporting.steps import fail_export
from support.builders import WORKSPACE, a_chain
from unit.export_driver import SMALL, ExportDriver

CHAIN = a_chain(30, 3)


class DamagedLedger:
    """A ledger of which one segment is none any more."""

    def __init__(self, workshop: ExportDriver, damaged: Segment) -> None:
        self._ledger = workshop.ledger
        self._first = damaged.first_sequence

    def stored(self, workspace_id: str, first_sequence: int) -> Iterator[Segment | Damaged]:
        for each in self._ledger.ascending(workspace_id, first_sequence):
            if each.first_sequence == self._first:
                yield Damaged(workspace_id, self._first, "an item of the chain is not a segment")
            else:
                yield each

    def __getattr__(self, name: str) -> object:
        return getattr(self._ledger, name)


def with_damage(workshop: ExportDriver, damaged: Segment) -> None:
    ledger = DamagedLedger(workshop, damaged)
    workshop.exporter = replace(workshop.exporter, ledger=ledger)  # type: ignore[arg-type]


def test_a_damaged_segment_fails_csv_with_its_place_and_the_way_out() -> None:
    workshop = ExportDriver(CHAIN)
    with_damage(workshop, CHAIN[5])
    export = workshop.start()
    failed = workshop.finish(export)
    assert failed.status is ExportStatus.FAILED
    assert failed.error_message is not None
    assert "is damaged at sequence 16." in failed.error_message
    assert "ndjson" in failed.error_message
    assert failed.as_json(None)["total_rows"] is None
    assert export.file_name not in workshop.files.files


def test_records_that_are_none_fail_csv_too() -> None:
    workshop = ExportDriver([*CHAIN[:5], replace(CHAIN[5], records=b"x"), *CHAIN[6:]])
    failed = workshop.finish(workshop.start())
    assert failed.error_message is not None
    assert "is damaged at sequence 16." in failed.error_message


def test_a_damaged_segment_is_carried_in_ndjson() -> None:
    workshop = ExportDriver(CHAIN)
    with_damage(workshop, CHAIN[5])
    completed = workshop.finish(workshop.start({"format": "ndjson"}))
    assert completed.status is ExportStatus.COMPLETED
    assert completed.total_rows == 27


def test_a_range_that_cannot_be_found_fails_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged(*_: object) -> None:
        raise Unreadable("an item of the chain is not a segment: KeyError('count')")

    monkeypatch.setattr(steps, "make_manifest", damaged)
    workshop = ExportDriver(CHAIN)
    failed = workshop.finish(workshop.start({"filters": {"from": "2026-11-23T12:00:00Z"}}))
    assert failed.status is ExportStatus.FAILED
    assert failed.error_message is not None
    assert "without `from` and `to`" in failed.error_message
    assert "KeyError" not in failed.error_message


def test_a_file_of_too_many_parts_fails() -> None:
    workshop = ExportDriver(CHAIN, replace(SMALL, max_parts=2))
    failed = workshop.finish(workshop.start())
    assert failed.status is ExportStatus.FAILED
    assert (
        failed.error_message == "The file would be over 80 GB. Export less, with `from` and `to`."
    )


def test_an_export_that_is_not_finished_in_time_fails() -> None:
    """After that S3 may have dropped what was uploaded."""
    workshop = ExportDriver(CHAIN, SMALL)
    export = workshop.start()
    workshop.step(export, chunks=2)
    workshop.now += UNFINISHED_KEPT
    failed = workshop.finish(export)
    assert failed.status is ExportStatus.FAILED
    assert failed.error_message is not None
    assert "two days" in failed.error_message


def test_what_was_tried_too_often_is_given_up() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    workshop.faults.plan("newest", *["before"] * 4)
    for _ in range(4):
        with pytest.raises(Unavailable):
            workshop.step(export)
    failed = fail_export(workshop.exporter, WORKSPACE, export.id)
    assert failed is not None
    assert failed.status is ExportStatus.FAILED
    assert failed.error_message == "The export could not be finished. Start a new one."
    assert workshop.step(export) is None


def test_what_is_finished_is_not_given_up() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    completed = workshop.finish(export)
    assert fail_export(workshop.exporter, WORKSPACE, export.id) is None
    assert workshop.state(export) is completed


def test_what_somebody_else_brings_forward_is_not_given_up() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    workshop.before("save", lambda: workshop.finish(export))
    with pytest.raises(Conflict):
        fail_export(workshop.exporter, WORKSPACE, export.id)
    assert workshop.state(export).status is ExportStatus.COMPLETED


def test_an_export_that_is_forgotten_is_not_worked_on() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    workshop.exports.stored.clear()
    assert workshop.step(export) is None
    assert fail_export(workshop.exporter, WORKSPACE, export.id) is None
