"""The exports API: starting, polling and downloading, for each workspace its own exports."""

from __future__ import annotations

import csv
import gzip
import io
import json
from hashlib import sha256

import pytest
from indelible.accounts.keys import WRITE
from indelible.accounts.workspace import Policy
from integration.export_pipeline import ExportPipeline
from support.aws_faults import TIMEOUT, answering
from support.builders import NOON, SECOND, a_queued_event
from support.export_lines import record_in
from support.pipeline import Caller

NOBODYS = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_an_export_is_started_polled_and_downloaded(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    body = {"filters": {"from": "2026-11-23T12:00:04Z", "actor_id": "user_2hG9kLm"}}
    started = export_pipeline.post(reader, body)
    assert started.status == 202
    export_id = started.json["data"]["id"]
    state = {"id": export_id, "status": "pending"}
    assert started.json == {"data": state, **state}
    pending = export_pipeline.get(reader, export_id).json["data"]
    assert pending["status"] == "pending"
    assert pending["download_url"] is pending["expires_at"] is pending["total_rows"] is None
    export_pipeline.finish()
    completed = export_pipeline.get(reader, export_id).json["data"]
    downloaded = export_pipeline.download(reader, export_id)
    assert downloaded.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["sequence"] for row in rows(downloaded.content)] == [str(n) for n in range(4, 11)]
    assert completed["status"] == "completed"
    assert completed["total_rows"] == 7
    assert completed["file_size"] == len(downloaded.content)
    assert completed["filters"] == {
        "actor_id": "user_2hG9kLm",
        "from": "2026-11-23T12:00:04.000000Z",
    }
    assert completed["error_message"] is None


def test_an_export_has_any_of_several_actions_and_goes_by_when_things_happened(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    day = {"occurred_from": "2026-11-23", "occurred_to": "2026-11-23"}
    actions = ["document.created", "login.failed"]
    filters = {"action": actions, **day, "metadata.a": None}
    export_id = export_pipeline.post(reader, {"filters": filters}).json["data"]["id"]
    export_pipeline.finish()
    completed = export_pipeline.get(reader, export_id).json["data"]
    assert completed["total_rows"] == 10
    assert completed["filters"] == {
        "action": actions,
        "occurred_from": "2026-11-23T00:00:00.000000Z",
        "occurred_to": "2026-11-23T23:59:59.999999Z",
    }
    nothing = {"filters": {"action": ["none", "login.*"], **day}}
    export_id = export_pipeline.post(reader, nothing).json["data"]["id"]
    export_pipeline.finish()
    assert export_pipeline.get(reader, export_id).json["data"]["total_rows"] == 0


@pytest.mark.parametrize("body", [None, "", "{}", "[]", '{"format": null, "bom": null}'])
def test_by_default_an_export_is_everything_as_csv(
    export_pipeline: ExportPipeline, reader: Caller, body: str | None
) -> None:
    answer = export_pipeline.send(reader, "POST", "/v1/exports", body=body)
    assert answer.status == 202
    export_pipeline.finish()
    completed = export_pipeline.get(reader, answer.json["data"]["id"]).json["data"]
    assert (completed["format"], completed["filters"]) == ("csv", {})
    assert completed["total_rows"] == 10


def test_ndjson_is_the_verifiable_file(export_pipeline: ExportPipeline, reader: Caller) -> None:
    export_id = export_pipeline.finished(reader, {"format": "ndjson"})
    downloaded = export_pipeline.download(reader, export_id)
    assert downloaded.headers["Content-Type"] == "application/gzip"
    texts = gzip.decompress(downloaded.content).splitlines(keepends=True)
    manifest, *lines = map(json.loads, texts)
    assert manifest["workspace_id"] == reader.workspace_id
    assert [line["record"]["sequence"] for line in lines] == [*range(1, 11)]
    link = bytes(32)
    for text, line in zip(texts[1:], lines, strict=True):
        leaf = sha256(b"\x00" + record_in(text)).digest()
        assert leaf.hex() == line["leaf_hash"]
        link = sha256(b"\x02" + link + leaf).digest()
    assert manifest["head"] == {"sequence": 10, "event_hash": link.hex()}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("{", 400, "malformed_json"),
        ("[1]", 422, "validation_failed"),
        ('{"filters": {}, "actor_id": "u"}', 422, "validation_failed"),
        ('{"format": "ndjson", "bom": true}', 422, "validation_failed"),
        ('{"format": "xlsx"}', 422, "validation_failed"),
        ('{"filters": {"actor": "u"}}', 422, "validation_failed"),
        ('{"filters": {"from": "yesterday"}}', 422, "validation_failed"),
        ('{"filters": {"actor_id": ["u", "v"]}}', 422, "validation_failed"),
        ('{"filters": {"action": []}}', 422, "validation_failed"),
        ('{"filters": {"action": [1]}}', 422, "validation_failed"),
        ('{"filters": {"action": ["a", ["b"]]}}', 422, "validation_failed"),
        ('{"filters": {"action": "*.deleted"}}', 422, "validation_failed"),
        ('{"filters": {"metadata.a": [1]}}', 422, "validation_failed"),
        ('{"filters": {"metadata": {"a": "x"}}}', 422, "validation_failed"),
        ('{"filters": {"search": "\\ud800"}}', 422, "validation_failed"),
        ('{"format": "csv", "format": "ndjson"}', 422, "validation_failed"),
        ('{"filters": {}, "\\u0066ilters": null}', 422, "validation_failed"),
        ('{"filters": {"actor_id": "u", "actor_id": "v"}}', 422, "validation_failed"),
    ],
)
def test_an_invalid_export_request_is_refused(
    export_pipeline: ExportPipeline, reader: Caller, body: str, status: int, error: str
) -> None:
    answer = export_pipeline.send(reader, "POST", "/v1/exports", body=body)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert export_pipeline.take() == []


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", f"/{NOBODYS}")])
def test_an_export_requires_a_key_with_its_scope(
    export_pipeline: ExportPipeline, method: str, path: str
) -> None:
    writer = export_pipeline.new_caller(scopes=[WRITE])
    assert export_pipeline.send(None, method, f"/v1/exports{path}").status == 401
    answer = export_pipeline.send(writer, method, f"/v1/exports{path}")
    assert (answer.status, answer.json["error"]) == (403, "forbidden")
    fenced = export_pipeline.new_caller(policy=Policy(allowlist=("198.51.100.0/24",)))
    assert export_pipeline.send(fenced, method, f"/v1/exports{path}").status == 403


def test_an_export_of_another_workspace_is_answered_like_an_unknown_one(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger = export_pipeline.new_caller(events=3)
    export_id = export_pipeline.finished(reader)
    hidden = export_pipeline.get(stranger, export_id)
    assert hidden.status == 404
    for unknown in (NOBODYS, "x", "0" * 5_000, export_id.upper()):
        assert export_pipeline.get(stranger, unknown) == hidden
    assert export_pipeline.get(reader, export_id.upper()).json["id"] == export_id


def test_an_export_holds_events_of_its_own_workspace_only(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger = export_pipeline.new_caller()
    theirs = [a_queued_event(n, NOON + n * SECOND, actor_id="stranger") for n in range(5)]
    export_pipeline.chain(stranger.workspace_id, theirs)
    ids = {each: export_pipeline.start(each) for each in (reader, stranger)}
    export_pipeline.finish()
    for each, actor in ((reader, "user_2hG9kLm"), (stranger, "stranger")):
        content = export_pipeline.download(each, ids[each]).content
        assert {row["actor_id"] for row in rows(content)} == {actor}


def test_steps_are_queued_per_workspace_so_that_one_delays_no_other(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    """SQS delivers messages of the busiest group last; the exporter works on five at a time."""
    export_pipeline.start(reader)
    [first] = export_pipeline.take()
    assert export_pipeline.step(first, seconds=0) == []
    [following] = export_pipeline.take()
    for step in (first, following):
        assert step["attributes"]["MessageGroupId"] == reader.workspace_id


def test_the_sixth_unfinished_export_is_refused_until_another_one_is_finished(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    for _ in range(5):
        export_pipeline.start(reader)
    refused = export_pipeline.post(reader, {})
    assert (refused.status, refused.json["error"]) == (429, "rate_limited")
    assert refused.headers["retry-after"] == ["60"]
    assert "Wait until one of them is completed or failed" in refused.json["message"]
    assert export_pipeline.finish() == 5
    export_pipeline.start(reader)


def test_an_export_that_cannot_be_queued_holds_no_place(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    """A client that sends its request again during an outage of SQS is not locked out by it."""
    for _ in range(6):
        with answering(export_pipeline.exports.queue._client, "SendMessage", *[TIMEOUT] * 3):
            answer = export_pipeline.post(reader, {})
        assert (answer.status, answer.json["error"]) == (503, "unavailable")
    for _ in range(5):
        export_pipeline.start(reader)


@pytest.mark.parametrize("fault", [TIMEOUT, "InternalServerError"])
def test_an_export_that_cannot_be_started_is_unavailable(
    export_pipeline: ExportPipeline, reader: Caller, fault: str
) -> None:
    table = export_pipeline.exports.table.client
    with answering(table, "PutItem", *[fault] * 3):
        answer = export_pipeline.post(reader, {})
    assert (answer.status, answer.json["error"]) == (503, "unavailable")
    assert export_pipeline.take() == []
    with answering(table, "GetItem", None, *[fault] * 3):
        assert export_pipeline.get(reader, NOBODYS).status == 503


def test_logs_hold_ids_and_no_filters_and_no_signatures(
    export_pipeline: ExportPipeline, reader: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    filters = {"actor_id": "user_2hG9kLm", "search": "document"}
    export_id = export_pipeline.finished(reader, {"filters": filters})
    link = export_pipeline.link(reader, export_id)
    export_pipeline.follow(link)
    logged = capsys.readouterr().out
    assert export_id in logged
    assert reader.workspace_id in logged
    for secret in ("user_2hG9kLm", reader.key, link.rpartition("=")[2], "X-Amz-Signature"):
        assert secret not in logged
