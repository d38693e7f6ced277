"""The handlers accept the samples for `sam local invoke`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible import message
from indelible.accounts.keys import digest
from indelible.aws.table import api_key_key, binary
from indelible.exporting.job import Export, ExportStatus, Format
from indelible.filters import Filters
from integration.export_pipeline import ExportPipeline
from support.handlers import ROOT, LambdaContext
from support.pipeline import Caller, Pipeline, now

SAMPLES = {path.name: path for path in sorted((ROOT / "events").glob("*.json"))}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES[name].read_text(encoding="utf-8"))
    return loaded


def own(pipeline: Pipeline | ExportPipeline, caller: Caller, event: dict[str, Any]) -> None:
    """Put the caller's key into the sample."""
    [value] = event["multiValueHeaders"]["Authorization"]
    secret = value.removeprefix("Bearer ")
    table = pipeline.table
    item = table.client.get_item(TableName=table.name, Key=api_key_key(caller.key[:20]))["Item"]
    copied = {**item, **api_key_key(secret[:20]), "secret_sha256": binary(digest(secret))}
    table.client.put_item(TableName=table.name, Item=copied)


def test_every_sample_has_a_test() -> None:
    assert list(SAMPLES) == [
        "exporter-step.json",
        "exports-create.json",
        "indexer-stream.json",
        "ingest-batch.json",
        "ingest-ndjson.json",
        "ingest-single.json",
        "writer-delivery.json",
    ]


@pytest.mark.parametrize(
    ("name", "events"),
    [("ingest-batch.json", 3), ("ingest-ndjson.json", 3), ("ingest-single.json", 1)],
)
def test_a_sample_request_is_chained(
    pipeline: Pipeline, caller: Caller, name: str, events: int
) -> None:
    event = sample(name)
    own(pipeline, caller, event)
    answer = pipeline.ingest.handler(event, LambdaContext())
    assert answer["statusCode"] == 202
    body = json.loads(answer["body"])
    receipts = body.get("events", [body])
    assert [receipt["status"] for receipt in receipts] == ["queued"] * events
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [receipt["id"] for receipt in receipts]


def test_the_sample_delivery_is_chained(pipeline: Pipeline) -> None:
    event = sample("writer-delivery.json")
    assert pipeline.writer.handler(event, LambdaContext()) == {"batchItemFailures": []}
    [record] = event["Records"]
    workspace_id = record["attributes"]["MessageGroupId"]
    content = message.decode(record["body"])
    assert pipeline.chained_ids(workspace_id) == [each.id for each in content.events]
    assert pipeline.take_dead_letters() == []


def test_the_sample_request_starts_an_export(export_pipeline: ExportPipeline) -> None:
    event = sample("exports-create.json")
    caller = export_pipeline.new_caller()
    own(export_pipeline, caller, event)
    answer = export_pipeline.exports.handler(event, LambdaContext())
    assert answer["statusCode"] == 202
    started = json.loads(answer["body"])["data"]
    [record] = export_pipeline.take()
    assert json.loads(record["body"]) == {
        "workspace_id": caller.workspace_id,
        "export_id": started["id"],
    }


def test_the_sample_step_finishes_an_export(export_pipeline: ExportPipeline) -> None:
    event = sample("exporter-step.json")
    task = json.loads(event["Records"][0]["body"])
    exports = export_pipeline.exports.exports
    exports.create(
        Export(
            workspace_id=task["workspace_id"],
            id=task["export_id"],
            format=Format.CSV,
            filters=Filters(),
            created_at=now(),
            revision="first",
        )
    )
    assert export_pipeline.exporter.handler(event, LambdaContext()) == {"batchItemFailures": []}
    finished = exports.find(task["workspace_id"], task["export_id"])
    assert finished.status is ExportStatus.COMPLETED
