"""Exports in memory and in DynamoDB: what is saved, and who may save."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.table import Table, export_key
from indelible.chain.hashes import Head
from indelible.errors import Conflict, DamagedItem, Unavailable
from indelible.export_file.manifest import Manifest
from indelible.exporting.job import Export, ExportStatus, Format, Progress, next_revision
from indelible.exporting.ports import Exports
from indelible.exporting.sizes import SIZES
from indelible.filters import read_filters
from support.aws_faults import TIMEOUT, answering, losing_replies
from support.builders import MINUTE, NOON, WORKSPACE, counted_entropy, event_id
from support.memory_exports import MemoryExports

ENTROPY = counted_entropy()

MANIFEST = Manifest(
    workspace_id=WORKSPACE,
    first_sequence=3,
    previous_event_hash=b"2" * 32,
    head=Head(2_000, b"3" * 32, 0),
    filters={
        "actor_id": "Ünal",
        "action": ["a", "b.*"],
        "metadata.a.b": "x",
        "occurred_to": "2026-03-31T23:59:59.999999Z",
        "from": "2026-11-23T12:00:00.000000Z",
    },
    created_at="2026-11-23T12:00:01.000000Z",
    damage_after_head="no segment",
)
PENDING = Export(
    workspace_id=WORKSPACE,
    id=event_id(1),
    format=Format.NDJSON,
    filters=read_filters(MANIFEST.filters),
    created_at=NOON + 7,
    revision="first",
)
UNDER_WAY = replace(
    PENDING,
    status=ExportStatus.PROCESSING,
    progress=Progress(
        manifest=MANIFEST,
        upload_id="upload-1",
        next_sequence=1_001,
        parts=("0" * 32, "1" * 32),
        remainder="name",
        rows=1_000,
        bytes=500_000,
    ),
)
COMPLETED = replace(
    PENDING, status=ExportStatus.COMPLETED, total_rows=0, file_size=12, finished_at=NOON + MINUTE
)
FAILED = replace(
    PENDING, status=ExportStatus.FAILED, error_message="It failed.", finished_at=NOON + MINUTE
)


@pytest.fixture
def exports(engine: Table | None) -> Exports:
    return DynamoDBExports(engine) if engine else MemoryExports()


@pytest.mark.parametrize("export", [PENDING, UNDER_WAY, COMPLETED, FAILED], ids=lambda e: e.status)
def test_a_saved_export_is_found_unchanged(exports: Exports, export: Export) -> None:
    exports.create(PENDING)
    if export != PENDING:
        exports.save(export, replacing=PENDING)
    assert exports.find(WORKSPACE, export.id) == export
    assert exports.find("ws_other", export.id) is None
    assert exports.find(WORKSPACE, event_id(2)) is None


def test_exports_are_listed_newest_first_without_their_progress(exports: Exports) -> None:
    """Between two ids, page by page, and never the item of the unfinished ones."""
    for n in range(1, 6):
        exports.create(replace(UNDER_WAY, id=event_id(n), bom=n == 4, revision=str(n)))
    exports.create(replace(PENDING, workspace_id="ws_other", id=event_id(3)))
    exports.take_place(WORKSPACE, event_id(5), 5)
    ids = (event_id(2), event_id(5))
    page = exports.page(WORKSPACE, ids, None, 2)
    listed = [*page.exports]
    while page.next:  # a full page may have a next one that is empty
        page = exports.page(WORKSPACE, ids, page.next, 2)
        listed += page.exports
    assert [each.id for each in listed] == [event_id(n) for n in (5, 4, 3, 2)]
    assert {each.progress for each in listed} == {None}
    assert [each.bom for each in listed] == [False, True, False, False]


@pytest.mark.parametrize(
    ("after", "left"), [(1, []), (2, []), (3, [2]), (4, [3, 2]), (5, [4, 3, 2])]
)
def test_a_page_may_begin_after_an_id_outside_of_the_range(
    exports: Exports, after: int, left: list[int]
) -> None:
    """The range moves with time: what a page ended with yesterday may have expired today."""
    for n in range(1, 6):
        exports.create(replace(PENDING, workspace_id="ws_many", id=event_id(n)))
    page = exports.page("ws_many", (event_id(2), event_id(4)), event_id(after), 5)
    assert [each.id for each in page.exports] == [event_id(n) for n in left]
    assert page.next is None


def test_a_manifest_is_stored_as_the_first_line_of_the_file(moto_table: Table) -> None:
    DynamoDBExports(moto_table).create(UNDER_WAY)
    item = moto_table.client.get_item(
        TableName=moto_table.name, Key=export_key(WORKSPACE, UNDER_WAY.id)
    )["Item"]
    assert item["manifest"] == {"B": MANIFEST.as_line()}


def test_a_manifest_that_cannot_be_read_is_a_damaged_item(moto_table: Table) -> None:
    """It is the export that is damaged then, not the chain."""
    exports = DynamoDBExports(moto_table)
    exports.create(UNDER_WAY)
    moto_table.client.update_item(
        TableName=moto_table.name,
        Key=export_key(WORKSPACE, UNDER_WAY.id),
        UpdateExpression="SET manifest = :manifest",
        ExpressionAttributeValues={":manifest": {"B": b"{}"}},
    )
    with pytest.raises(DamagedItem, match="the stored export is damaged"):
        exports.find(WORKSPACE, UNDER_WAY.id)


def test_one_of_two_savers_of_the_same_revision_wins(exports: Exports) -> None:
    exports.create(PENDING)
    first, second = (
        next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING) for _ in range(2)
    )
    exports.save(first, replacing=PENDING)
    with pytest.raises(Conflict):
        exports.save(second, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == first


def test_saving_again_after_a_lost_reply_is_not_a_conflict(table: Table) -> None:
    """botocore itself sends a request again when no reply comes."""
    exports = DynamoDBExports(table)
    exports.create(PENDING)
    saved = next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING)
    with losing_replies(table.client, "PutItem"), pytest.raises(Unavailable):
        exports.save(saved, replacing=PENDING)
    exports.save(saved, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == saved


def test_saving_the_same_again_is_not_a_conflict(exports: Exports) -> None:
    exports.create(PENDING)
    saved = next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING)
    for _ in range(2):
        exports.save(saved, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == saved


def test_an_unknown_export_is_not_saved(exports: Exports) -> None:
    unknown = replace(PENDING, id=event_id(3))
    with pytest.raises(Conflict):
        exports.save(unknown, replacing=unknown)


def test_the_tags_of_ten_thousand_parts_fit_in_the_item(table: Table) -> None:
    exports = DynamoDBExports(table)
    assert UNDER_WAY.progress is not None
    parts = tuple(f"{n:032x}" for n in range(SIZES.max_parts))
    filters = dict.fromkeys(("actor_id", "action", "search", "target_id"), "ü" * 1024)
    large = replace(MANIFEST, filters={"actor_id": "ü" * 6_000})
    full = replace(
        UNDER_WAY,
        filters=read_filters(filters),
        progress=replace(UNDER_WAY.progress, parts=parts, manifest=large),
    )
    exports.create(PENDING)
    exports.save(full, replacing=PENDING)
    assert exports.find(WORKSPACE, full.id) == full


@pytest.mark.parametrize("fault", [TIMEOUT, "ThrottlingException"])
def test_a_failed_look_up_is_an_error(moto_table: Table, fault: str) -> None:
    exports = DynamoDBExports(moto_table)
    with answering(moto_table.client, "GetItem", *[fault] * 3), pytest.raises(Unavailable):
        exports.find(WORKSPACE, PENDING.id)
