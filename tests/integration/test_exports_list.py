"""Listing and cancelling exports, and downloading with a key, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.accounts.keys import WRITE
from integration.export_pipeline import ExportPipeline
from integration.test_exports_http import rows
from support.builders import DAY, SECOND
from support.pipeline import Answer, Caller, now

NOBODYS = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"


def listed(pipeline: ExportPipeline, caller: Caller, at: int | None = None, **query: Any) -> Answer:
    parameters = [(name, str(value)) for name, value in query.items()]
    return pipeline.send(caller, "GET", "/v1/exports", query=parameters, at=at)


def ids(answer: Answer) -> list[str]:
    return [each["id"] for each in answer.json["data"]]


def cancel(pipeline: ExportPipeline, caller: Caller, export_id: str) -> Answer:
    return pipeline.send(caller, "DELETE", f"/v1/exports/{export_id}")


def download(
    pipeline: ExportPipeline, caller: Caller | None, export_id: str, at: int | None = None
) -> Answer:
    return pipeline.send(caller, "GET", f"/v1/exports/{export_id}/download", at=at)


def test_exports_are_listed_newest_first_page_by_page(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    start = now()
    started = [export_pipeline.post(reader, {}, at=start + n * SECOND).json["id"] for n in range(5)]
    at = start + 10 * SECOND
    first = listed(export_pipeline, reader, at, limit=3)
    assert first.json["pagination"]["has_more"] is True
    cursor = first.json["pagination"]["next_cursor"]
    second = listed(export_pipeline, reader, at, limit=3, cursor=cursor)
    assert second.json["pagination"] == {"has_more": False, "next_cursor": None}
    assert ids(first) + ids(second) == started[::-1]
    assert ids(listed(export_pipeline, reader, at)) == started[::-1]


def test_a_list_shows_what_the_export_itself_shows(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader, {"actor_id": "user_2hG9kLm"})
    export_pipeline.finish()
    [shown] = listed(export_pipeline, reader).json["data"]
    assert shown == export_pipeline.get(reader, export_id).json["data"]
    assert export_pipeline.follow(shown["download_url"]).status == 302


def test_a_list_has_neither_expired_exports_nor_those_of_another_workspace(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger = export_pipeline.new_caller(events=3)
    export_pipeline.start(reader)
    export_pipeline.finish()
    unfinished = export_pipeline.start(reader)
    assert ids(listed(export_pipeline, stranger)) == []
    assert len(ids(listed(export_pipeline, reader))) == 2
    assert unfinished not in ids(listed(export_pipeline, reader, now() + 3 * DAY))
    assert len(ids(listed(export_pipeline, reader, now() + 6 * DAY))) == 1
    assert ids(listed(export_pipeline, reader, now() + 8 * DAY)) == []


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"status": "failed"}])
def test_a_list_refuses_parameters_that_it_does_not_have(
    export_pipeline: ExportPipeline, reader: Caller, query: dict[str, Any]
) -> None:
    assert listed(export_pipeline, reader, **query).status == 422


def test_a_cancelled_export_has_failed_and_is_worked_on_no_more(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    answer = cancel(export_pipeline, reader, export_id)
    assert (answer.status, answer.json["id"], answer.json["status"]) == (200, export_id, "failed")
    assert answer.json["data"]["error_message"] == "cancelled"
    assert export_pipeline.get(reader, export_id).json["data"] == answer.json["data"]
    assert export_pipeline.finish() == 1
    assert export_pipeline.get(reader, export_id).json["status"] == "failed"
    stored = export_pipeline.s3.list_objects_v2(
        Bucket=export_pipeline.bucket, Prefix=reader.workspace_id
    )
    assert stored["KeyCount"] == 0
    assert cancel(export_pipeline, reader, export_id) == answer


def test_a_cancelled_export_frees_its_place(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    started = [export_pipeline.start(reader) for _ in range(5)]
    assert export_pipeline.post(reader, {}).status == 429
    cancel(export_pipeline, reader, started[2])
    export_pipeline.start(reader)
    assert export_pipeline.post(reader, {}).status == 429


def test_a_finished_export_cannot_be_cancelled_and_keeps_its_file(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    export_pipeline.finish()
    answer = cancel(export_pipeline, reader, export_id)
    assert (answer.status, answer.json["error"]) == (409, "already_finished")
    assert "completed already" in answer.json["message"]
    assert download(export_pipeline, reader, export_id).status == 302


def test_only_its_own_workspace_cancels_an_export(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger, writer = export_pipeline.new_caller(), export_pipeline.new_caller(scopes=[WRITE])
    export_id = export_pipeline.start(reader)
    assert cancel(export_pipeline, stranger, export_id).status == 404
    assert cancel(export_pipeline, stranger, NOBODYS).status == 404
    assert cancel(export_pipeline, writer, export_id).status == 403
    assert export_pipeline.get(reader, export_id).json["status"] == "pending"


def test_a_file_is_downloaded_with_a_key_in_place_of_the_signature(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    early = download(export_pipeline, reader, export_id)
    assert (early.status, early.json["error"]) == (409, "not_ready")
    assert early.headers["retry-after"] == ["5"]
    export_pipeline.finish()
    answer = download(export_pipeline, reader, export_id.upper())
    assert (answer.status, answer.headers["cache-control"]) == (302, ["no-store"])
    assert f"/{reader.workspace_id}/{export_id}.csv?" in answer.headers["location"][0]
    late = download(export_pipeline, reader, export_id, now() + 8 * DAY)
    assert (late.status, late.json["error"]) == (410, "expired")


def test_a_key_downloads_nothing_of_another_workspace_or_without_the_scope(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger, writer = export_pipeline.new_caller(), export_pipeline.new_caller(scopes=[WRITE])
    export_id = export_pipeline.start(reader)
    export_pipeline.finish()
    for caller, status in ((stranger, 404), (writer, 403), (None, 401)):
        answer = download(export_pipeline, caller, export_id)
        assert answer.status == status
        assert "location" not in answer.headers


def test_a_failed_export_has_no_file(export_pipeline: ExportPipeline, reader: Caller) -> None:
    export_id = export_pipeline.start(reader)
    cancel(export_pipeline, reader, export_id)
    answer = download(export_pipeline, reader, export_id)
    assert (answer.status, answer.json["error"]) == (404, "not_found")


@pytest.mark.parametrize(("requested", "start"), [({"bom": True}, b"\xef\xbb\xbf"), ({}, b"")])
def test_a_csv_file_begins_with_a_byte_order_mark_if_asked_for(
    export_pipeline: ExportPipeline, reader: Caller, requested: dict[str, object], start: bytes
) -> None:
    """Excel reads a file without one in the old encoding of its country."""
    export_id = export_pipeline.start(reader, requested)
    export_pipeline.finish()
    content = export_pipeline.download(reader, export_id).content
    assert content.startswith(start + b'"id","sequence"')
    assert len(rows(content.removeprefix(start))) == 10
    shown = export_pipeline.get(reader, export_id).json["data"]
    assert (shown["bom"], shown["file_size"]) == (bool(start), len(content))
