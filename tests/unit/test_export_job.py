"""Requesting and finding exports, and what they show."""

from __future__ import annotations

import pytest
from indelible.errors import Expired, NotFound, ValidationFailed
from indelible.exporting.job import KEPT, UNFINISHED_KEPT, Export, ExportStatus, Format
from indelible.exporting.requests import find_export, find_visible_export, read_export_request
from indelible.filters import Filters
from indelible.identifiers import is_uuid7
from support.builders import DAY, NOON, SECOND, WORKSPACE, a_caller, a_chain, counted_entropy
from support.memory_exports import MemoryExports
from unit.export_driver import ExportDriver

CHAIN = a_chain(30, 3)


def requested(asked: object) -> Export:
    return read_export_request(a_caller(), asked, NOON, counted_entropy())


@pytest.mark.parametrize(
    ("asked", "file_format", "filters"),
    [
        ({}, Format.CSV, {}),
        ([], Format.CSV, {}),
        ({"filters": []}, Format.CSV, {}),
        ({"actor_id": "u", "search": None, "filters": None}, Format.CSV, {"actor_id": "u"}),
        ({"format": "ndjson", "bom": False, "tenant_id": "t"}, Format.NDJSON, {"tenant_id": "t"}),
        ({"format": None, "filters": None}, Format.CSV, {}),
        ({"format": "ndjson"}, Format.NDJSON, {}),
        ({"filters": {"actor_id": "u", "search": None}}, Format.CSV, {"actor_id": "u"}),
        ({"metadata.seats": 12}, Format.CSV, {"metadata.seats": "12"}),
        ({"filters": {"metadata.rate": 12.5}}, Format.CSV, {"metadata.rate": "12.5"}),
        ({"metadata.is_paid": True}, Format.CSV, {"metadata.is_paid": "true"}),
        (
            {"format": "csv", "filters": {"from": "2026-11-23T13:00:00+01:00"}},
            Format.CSV,
            {"from": "2026-11-23T12:00:00.000000Z"},
        ),
    ],
    ids=repr,
)
def test_an_export_is_pending_with_what_was_asked_for(
    asked: object, file_format: Format, filters: dict[str, str]
) -> None:
    export = requested(asked)
    assert export.status is ExportStatus.PENDING
    assert export.format is file_format
    assert export.filters.as_json() == filters
    assert export.created_at == NOON
    assert is_uuid7(export.id)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("csv", "must be a JSON object"),
        ({"bom": "yes"}, "`bom` must be true or false"),
        ({"bom": 1}, "`bom` must be true or false"),
        ({"format": "ndjson", "bom": True}, "`bom` is for csv"),
        ({"actor_id": "u", "filters": {"action": "a"}}, "Put 'actor_id' into `filters`, or leave"),
        ({"actor_id": "u", "filters": {}}, "not both"),
        ({"actor": "u"}, "no filter 'actor'"),
        (None, "must be a JSON object"),
        ({"format": "xlsx"}, "`format` must be csv or ndjson"),
        ({"format": []}, "`format` must be csv or ndjson"),
        ({"format": 1}, "`format` must be csv or ndjson"),
        ({"filters": "actor_id"}, "`filters` must be an object"),
        ({"actor_id": 7.5}, "'actor_id' must be a string"),
        ({"filters": {"actor_id": 7.5}}, "'actor_id' must be a string"),
        ({"filters": {"actor_id": "\ud800"}}, "`actor_id` must be valid Unicode"),
        ({"filters": {"\ud800": "x"}}, "no filter"),
        ({"filters": {"actor_id": ""}}, "`actor_id` must have 1 to"),
        ({"filters": {"cursor": "x"}}, "no filter 'cursor'"),
        ({"filters": {"from": "now"}}, "`from` must be a date such as"),
    ],
    ids=repr,
)
def test_what_cannot_be_exported_is_refused(asked: object, said: str) -> None:
    with pytest.raises(ValidationFailed, match=said):
        requested(asked)


@pytest.mark.parametrize(
    ("workspace_id", "export_id"),
    [
        ("ws_other", None),
        (WORKSPACE, "00000000-0000-7000-8000-000000000001"),
        (WORKSPACE, "x" * 5_000),
        (WORKSPACE, ""),
    ],
    ids=["another workspace's", "unknown", "too long", "none"],
)
def test_what_is_not_ones_own_export_is_not_found(workspace_id: str, export_id: str | None) -> None:
    exports, export = MemoryExports(), requested({})
    exports.create(export)
    assert find_export(exports, WORKSPACE, export.id, NOON) is export
    with pytest.raises(NotFound) as refused:
        find_export(exports, workspace_id, export.id if export_id is None else export_id, NOON)
    assert str(refused.value).startswith("The workspace has no export with this id")


def test_an_export_is_found_for_seven_days_after_it_was_finished() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    workshop.now += 3 * SECOND
    finished = workshop.finish(export)
    assert finished.expires_at == workshop.now + 7 * DAY == workshop.now + KEPT
    assert find_export(workshop.exports, WORKSPACE, export.id, finished.expires_at - 1) == finished
    with pytest.raises(Expired, match="kept for 7 days"):
        find_export(workshop.exports, WORKSPACE, export.id, finished.expires_at)


def test_an_expired_export_is_told_from_an_unknown_one_for_ever() -> None:
    workshop = ExportDriver(CHAIN)
    finished = workshop.finish(workshop.start())
    unknown = "00000000-0000-7000-8000-000000000001"
    long_after = NOON + 3_650 * DAY
    with pytest.raises(Expired):
        find_export(workshop.exports, WORKSPACE, finished.id, long_after)
    with pytest.raises(NotFound):
        find_export(workshop.exports, WORKSPACE, unknown, long_after)


def test_an_export_that_was_not_finished_in_time_has_expired() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start()
    assert find_export(workshop.exports, WORKSPACE, export.id, NOON + UNFINISHED_KEPT - 1)
    with pytest.raises(Expired, match="not finished within two days"):
        find_export(workshop.exports, WORKSPACE, export.id, NOON + UNFINISHED_KEPT)


def test_that_an_export_has_expired_is_not_for_callers_who_may_not_see_it() -> None:
    workshop = ExportDriver(CHAIN)
    finished = workshop.finish(workshop.start())
    restricted = a_caller(actor_id="user_2hG9kLm")
    with pytest.raises(NotFound):
        find_visible_export(workshop.exports, restricted, finished.id, finished.expires_at)


def test_an_export_shows_what_the_contract_says() -> None:
    workshop = ExportDriver(CHAIN)
    export = workshop.start({"filters": {"actor_id": "user_2hG9kLm"}})
    assert export.as_json(None) == {
        "id": export.id,
        "status": "pending",
        "format": "csv",
        "bom": False,
        "filters": {"actor_id": "user_2hG9kLm"},
        "total_rows": None,
        "file_size": None,
        "download_url": None,
        "error_message": None,
        "created_at": "2026-11-23T12:00:00.000000Z",
        "expires_at": None,
    }
    shown = workshop.finish(export).as_json("https://audit.example.com/x")
    assert shown["total_rows"] == 30
    assert shown["file_size"] == len(workshop.file(export))
    assert shown["download_url"] == "https://audit.example.com/x"
    assert shown["expires_at"] == "2026-11-30T12:00:00.000000Z"


def test_the_filters_are_those_of_the_list() -> None:
    export = requested({"filters": {"action": "document.*", "to": "2026-11-23T12:00:09Z"}})
    assert export.filters == Filters({"action": "document.*"}, end=NOON + 9 * SECOND)
