"""Exports of token holders over HTTP: started with a token, and downloaded while one lives."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import string
from indelible.export_file.lines import NOT_SHOWN
from indelible.reading import read_limit
from integration.export_pipeline import ExportPipeline
from support.builders import SECOND, an_event
from support.contract import validator
from support.pipeline import Answer, Caller, Pipeline, now
from support.token_holder import a_token_holder


@pytest.fixture
def vendor(pipeline: Pipeline) -> Caller:
    """A key of a workspace with two events of a tenant, and one of another."""
    vendor = pipeline.new_caller()
    pipeline.post_and_chain(vendor, *(an_event(tenant_id=each) for each in ("a", "b", "a")))
    return vendor


@pytest.fixture
def holder(pipeline: Pipeline, export_pipeline: ExportPipeline, vendor: Caller) -> Caller:
    return a_token_holder(pipeline, vendor, tenant_id="a", ttl=600)


def download(
    pipeline: ExportPipeline, caller: Caller, export_id: str, at: int | None = None
) -> Answer:
    return pipeline.send(caller, "GET", f"/v1/exports/{export_id}/download", at=at)


def test_a_token_holder_downloads_with_a_url_that_works_for_a_minute(
    export_pipeline: ExportPipeline, holder: Caller
) -> None:
    export_id = export_pipeline.start(holder)
    assert download(export_pipeline, holder, export_id).status == 409
    export_pipeline.finish()
    answer = download(export_pipeline, holder, export_id)
    assert answer.status == 200
    validator("/components/schemas/ViewerDownload").validate(answer.json)
    query = parse_qs(urlsplit(answer.json["data"]["url"]).query)
    assert query["X-Amz-Expires"] == ["60"] == [str(answer.json["data"]["expires_in"])]


def test_an_export_has_no_link_for_anybody_and_a_key_downloads_it_as_any_other(
    export_pipeline: ExportPipeline, holder: Caller, vendor: Caller
) -> None:
    export_id = export_pipeline.finished(holder)
    for caller in (holder, vendor):
        shown = export_pipeline.get(caller, export_id).json["data"]
        assert (shown["status"], shown["total_rows"]) == ("completed", 2)
        assert shown["download_url"] is None
        assert shown["filters"] == {"tenant_id": "a"}
    assert download(export_pipeline, vendor, export_id).status == 302


def test_a_download_needs_a_token_that_lives_and_names_the_same(
    pipeline: Pipeline, export_pipeline: ExportPipeline, holder: Caller, vendor: Caller
) -> None:
    export_id = export_pipeline.finished(holder)
    again = a_token_holder(pipeline, vendor, tenant_id="a")
    assert download(export_pipeline, again, export_id).status == 200
    whole = {"tenant_id": "a", "actor_id": "user_2hG9kLm"}
    others: list[dict[str, Any]] = [{"tenant_id": "b"}, whole, {}]
    for other in others:
        stranger = a_token_holder(pipeline, vendor, **other)
        assert download(export_pipeline, stranger, export_id).status == 404
    later = now() + 600 * SECOND
    assert download(export_pipeline, holder, export_id, later).status == 401
    assert export_pipeline.get(holder, export_id, later).status == 401


def test_the_second_unfinished_export_is_refused_until_the_first_one_ends(
    export_pipeline: ExportPipeline, holder: Caller, vendor: Caller
) -> None:
    first = export_pipeline.start(holder)
    assert export_pipeline.post(holder, {}).status == 429
    for _ in range(5):
        export_pipeline.start(vendor)
    cancelled = export_pipeline.send(holder, "DELETE", f"/v1/exports/{first}")
    assert cancelled.json["data"]["error_message"] == "cancelled"
    export_pipeline.start(holder)


def test_what_is_stored_of_an_export_keeps_whose_it_is(
    export_pipeline: ExportPipeline, holder: Caller
) -> None:
    """The exporter writes the whole item again with every step."""
    export_id = export_pipeline.finished(holder)
    listed = export_pipeline.send(holder, "GET", "/v1/exports").json["data"]
    assert [each["id"] for each in listed] == [export_id]


def test_a_file_for_a_token_holder_never_quotes_why_the_end_of_the_chain_cannot_be_read(
    pipeline: Pipeline, export_pipeline: ExportPipeline, holder: Caller, vendor: Caller
) -> None:
    pipeline.post_and_chain(vendor, an_event(tenant_id="b"))
    newest = DynamoDBLedger(pipeline.table).newest(vendor.workspace_id)
    assert newest
    pipeline.table.client.put_item(
        TableName=pipeline.table.name, Item={**item_of(newest), "records": string("no bytes")}
    )
    assert damage_after_head(export_pipeline, holder) == NOT_SHOWN
    assert damage_after_head(export_pipeline, vendor).startswith("an item of the chain is not")


def damage_after_head(pipeline: ExportPipeline, caller: Caller) -> str:
    """What the file of a new export says of the end of the chain."""
    export_id = pipeline.finished(caller, {"format": "ndjson"})
    key = f"{caller.workspace_id}/{export_id}.ndjson.gz"
    stored = pipeline.s3.get_object(Bucket=pipeline.bucket, Key=key)["Body"].read()
    manifest = json.loads(gzip.decompress(stored).split(b"\n")[0])
    found: str = manifest["damage_after_head"]
    return found


def test_requests_of_a_token_are_limited_here_too(
    export_pipeline: ExportPipeline, holder: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_limit, "TOKEN_REQUESTS_PER_MINUTE", 2)
    limit = read_limit.CallersLimit()
    monkeypatch.setattr(export_pipeline.exports, "read_limit", limit)
    answers = [export_pipeline.send(holder, "GET", "/v1/exports") for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert json.loads(answers[2].text)["message"].startswith("This viewer token")
