"""A workspace has at most five unfinished exports: in memory, on moto and on DynamoDB Local."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.table import Table, export_key
from indelible.errors import RateLimited, Unavailable
from indelible.exporting.job import Export, ExportStatus, next_revision
from indelible.exporting.ports import Exports
from indelible.exporting.requests import read_export_request
from indelible.exporting.start import MAX_UNFINISHED, start_export
from support.aws_faults import counting, losing_replies
from support.builders import DAY, MINUTE, NOON, SECOND, a_caller, counted_entropy
from support.memory_exports import MemoryExportQueue, MemoryExports

ENTROPY = counted_entropy()


@pytest.fixture
def exports(engine: Table | None) -> Exports:
    return DynamoDBExports(engine) if engine else MemoryExports()


def start(exports: Exports, workspace_id: str, at: int = NOON) -> Export:
    """Start an export, as a request at this time does."""
    export = read_export_request(a_caller(workspace_id), {}, at, ENTROPY)
    start_export(exports, MemoryExportQueue(), export, ENTROPY)
    return export


def start_five(exports: Exports, workspace_id: str) -> list[Export]:
    return [start(exports, workspace_id) for _ in range(MAX_UNFINISHED)]


def end(exports: Exports, export: Export, status: ExportStatus) -> None:
    """Finish an export, as the exporter does."""
    ended = next_revision(export, ENTROPY, status=status, finished_at=NOON + SECOND)
    exports.save(ended, replacing=export)


def test_the_sixth_unfinished_export_of_a_workspace_is_refused(
    exports: Exports, workspace_id: str
) -> None:
    start_five(exports, workspace_id)
    with pytest.raises(RateLimited, match="has 5 unfinished exports") as refused:
        start(exports, workspace_id, NOON + DAY)
    assert refused.value.retry_after == 60
    assert "Wait until one of them is completed or failed" in str(refused.value)


def test_a_refused_export_is_neither_stored_nor_queued(exports: Exports, workspace_id: str) -> None:
    start_five(exports, workspace_id)
    queue, export = (
        MemoryExportQueue(),
        read_export_request(a_caller(workspace_id), {}, NOON, ENTROPY),
    )
    with pytest.raises(RateLimited):
        start_export(exports, queue, export, ENTROPY)
    assert queue.sent == []
    assert exports.find(workspace_id, export.id) is None


def test_unfinished_exports_of_one_workspace_take_no_place_of_another(
    exports: Exports, workspace_id: str
) -> None:
    start_five(exports, workspace_id)
    assert start(exports, f"{workspace_id}-other")


@pytest.mark.parametrize("status", [ExportStatus.COMPLETED, ExportStatus.FAILED])
def test_each_finished_export_makes_room_for_one(
    exports: Exports, workspace_id: str, status: ExportStatus
) -> None:
    started = start_five(exports, workspace_id)
    for export in started[1:3]:
        end(exports, export, status)
    for _ in range(2):
        start(exports, workspace_id, NOON + MINUTE)
    with pytest.raises(RateLimited):
        start(exports, workspace_id, NOON + MINUTE)


def test_an_export_that_nobody_finishes_holds_its_place_for_two_days(
    exports: Exports, workspace_id: str
) -> None:
    start_five(exports, workspace_id)
    with pytest.raises(RateLimited):
        start(exports, workspace_id, NOON + 2 * DAY - SECOND)
    for _ in range(MAX_UNFINISHED):
        start(exports, workspace_id, NOON + 2 * DAY)
    with pytest.raises(RateLimited):
        start(exports, workspace_id, NOON + 2 * DAY)


def test_a_place_that_was_taken_for_nothing_is_free_after_a_minute(
    exports: Exports, workspace_id: str
) -> None:
    """The function may have ended after taking the place and before storing the export."""
    for _ in range(MAX_UNFINISHED):
        crashed = read_export_request(a_caller(workspace_id), {}, NOON, ENTROPY)
        assert not exports.take_place(workspace_id, crashed.id, MAX_UNFINISHED)
    with pytest.raises(RateLimited):
        start(exports, workspace_id, NOON + MINUTE - SECOND)
    for _ in range(MAX_UNFINISHED):
        start(exports, workspace_id, NOON + MINUTE)


def test_an_id_that_is_none_holds_no_place(exports: Exports, workspace_id: str) -> None:
    for n in range(MAX_UNFINISHED):
        exports.take_place(workspace_id, f"no id {n}", MAX_UNFINISHED)
    start_five(exports, workspace_id)


def test_taking_a_place_again_takes_no_second_one(exports: Exports, workspace_id: str) -> None:
    for _ in range(3):
        assert exports.take_place(workspace_id, "export-1", 2) == frozenset()
    assert exports.take_place(workspace_id, "export-2", 2) == frozenset()
    assert exports.take_place(workspace_id, "export-3", 2) == {"export-1", "export-2"}
    assert exports.take_place(workspace_id, "export-2", 2) == frozenset()


def test_freed_places_can_be_taken(exports: Exports, workspace_id: str) -> None:
    for export_id in ("export-1", "export-2"):
        exports.take_place(workspace_id, export_id, 2)
    for _ in range(2):
        exports.free_places(workspace_id, {"export-1", "export-2", "export-3"})
    assert exports.take_place(workspace_id, "export-4", 1) == frozenset()


def test_the_last_place_is_ours_after_a_lost_reply(table: Table, workspace_id: str) -> None:
    """botocore itself sends a request again when no reply comes."""
    exports = DynamoDBExports(table)
    exports.take_place(workspace_id, "export-1", 2)
    with losing_replies(table.client, "UpdateItem"), pytest.raises(Unavailable):
        exports.take_place(workspace_id, "export-2", 2)
    assert exports.take_place(workspace_id, "export-2", 2) == frozenset()
    assert exports.take_place(workspace_id, "export-3", 2) == {"export-1", "export-2"}


@pytest.mark.parametrize("unfinished", [4, 3, 0])
def test_of_starts_at_the_same_time_as_many_succeed_as_there_are_places(
    table: Table, workspace_id: str, unfinished: int
) -> None:
    exports = DynamoDBExports(table)
    for _ in range(unfinished):
        start(exports, workspace_id)

    def is_started(_: int) -> bool:
        try:
            start(exports, workspace_id)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(is_started, range(8))) == MAX_UNFINISHED - unfinished


def test_places_that_several_starts_free_at_the_same_time_are_given_once(
    table: Table, workspace_id: str
) -> None:
    exports = DynamoDBExports(table)
    for export in start_five(exports, workspace_id)[:3]:
        end(exports, export, ExportStatus.COMPLETED)

    def is_started(_: int) -> bool:
        try:
            start(exports, workspace_id, NOON + SECOND)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(is_started, range(8))) == 3


def test_a_damaged_export_holds_no_place(table: Table, workspace_id: str) -> None:
    """The exporter cannot read it either, so it would hold its place for two days."""
    exports = DynamoDBExports(table)
    damaged = start_five(exports, workspace_id)[0]
    table.client.put_item(TableName=table.name, Item=export_key(workspace_id, damaged.id))
    start(exports, workspace_id)
    with pytest.raises(RateLimited):
        start(exports, workspace_id)


def test_a_start_reads_nothing_unless_all_places_are_taken(
    moto_table: Table, workspace_id: str
) -> None:
    exports = DynamoDBExports(moto_table)
    with counting(moto_table.client) as calls:
        start_five(exports, workspace_id)
    assert Counter(calls) == {"UpdateItem": 5, "PutItem": 5}
    with counting(moto_table.client) as calls, pytest.raises(RateLimited):
        start(exports, workspace_id)
    assert Counter(calls) == {"UpdateItem": 1, "GetItem": 5}
