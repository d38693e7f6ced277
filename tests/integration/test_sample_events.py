"""The handlers accept the samples for `sam local invoke`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible import message
from indelible.accounts.keys import digest
from indelible.aws.table import api_key_key, binary
from indelible.checkpoints.proof_file import read_proof_file
from indelible.exporting.job import Export, ExportStatus, Format
from indelible.filters import Filters
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from support.builders import an_event
from support.handlers import ROOT, LambdaContext, load
from support.pipeline import Caller, Pipeline, now

SAMPLES = {path.name: path for path in sorted((ROOT / "events").glob("*.json"))}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SAMPLES[name].read_text(encoding="utf-8"))
    return loaded


def own(
    pipeline: Pipeline | ExportPipeline | ProofPipeline, caller: Caller, event: dict[str, Any]
) -> None:
    """Put the caller's key into the sample."""
    [value] = event["multiValueHeaders"]["Authorization"]
    secret = value.removeprefix("Bearer ")
    table = pipeline.table
    item = table.client.get_item(TableName=table.name, Key=api_key_key(caller.key[:20]))["Item"]
    copied = {**item, **api_key_key(secret[:20]), "secret_sha256": binary(digest(secret))}
    table.client.put_item(TableName=table.name, Item=copied)


def test_every_sample_has_a_test() -> None:
    assert list(SAMPLES) == [
        "checkpoint-run.json",
        "exporter-step.json",
        "exports-create.json",
        "exports-get.json",
        "indexer-stream.json",
        "ingest-batch.json",
        "ingest-ndjson.json",
        "ingest-single.json",
        "proofs-checkpoint.json",
        "proofs-consistency.json",
        "query-get.json",
        "query-list.json",
        "query-verify.json",
        "viewer-page.json",
        "watcher-run.json",
        "writer-delivery.json",
    ]


def test_the_sample_request_for_a_checkpoint_is_answered(proof_pipeline: ProofPipeline) -> None:
    event, caller = sample("proofs-checkpoint.json"), proof_pipeline.new_caller()
    own(proof_pipeline, caller, event)
    proof_pipeline.grow(caller, 5)
    proof_pipeline.run()
    answer = proof_pipeline.proofs.handler(event, LambdaContext())
    file = read_proof_file(answer["body"].encode())
    assert (answer["statusCode"], file.checkpoint.size) == (200, 5)


def test_the_sample_request_for_consistency_is_answered(proof_pipeline: ProofPipeline) -> None:
    event, caller = sample("proofs-consistency.json"), proof_pipeline.new_caller()
    own(proof_pipeline, caller, event)
    for _ in range(2):
        proof_pipeline.grow(caller, 5)
        proof_pipeline.run()
    answer = answer_of(proof_pipeline.proofs.handler, event)
    file = read_proof_file(answer["checkpoint"].encode())
    assert (file.log_index, file.checkpoint.size) == (1, 10)
    assert len(answer["log"]) == 1
    assert len(answer["workspace"]) == 4


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


def answer_of(handler: Any, event: dict[str, Any]) -> Any:
    """The JSON of a 200 response."""
    answer = handler(event, LambdaContext())
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"])


def test_the_sample_requests_read_the_log(pipeline: Pipeline, caller: Caller) -> None:
    actors = ("user_2hG9kLm", "user_other", "user_2hG9kLm")
    sent = pipeline.post_events(caller, *[an_event(actor_id=each) for each in actors]).ids
    pipeline.drain()
    queries = {name: sample(f"query-{name}.json") for name in ("list", "get", "verify")}
    queries["get"]["pathParameters"]["event_id"] = sent[1]
    for query in queries.values():
        own(pipeline, caller, query)
    handler = pipeline.query.handler
    listed = answer_of(handler, queries["list"])
    assert [each["id"] for each in listed["data"]] == [sent[2], sent[0]]
    assert answer_of(handler, queries["get"])["data"]["id"] == sent[1]
    verdict = answer_of(handler, queries["verify"])["data"]
    assert (verdict["valid"], verdict["events_checked"]) == (True, 3)


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


def test_the_sample_request_shows_an_export(export_pipeline: ExportPipeline) -> None:
    event = sample("exports-get.json")
    caller = export_pipeline.new_caller()
    own(export_pipeline, caller, event)
    export = Export(
        workspace_id=caller.workspace_id,
        id=event["pathParameters"]["export_id"],
        format=Format.CSV,
        filters=Filters(),
        created_at=now(),
        revision="first",
    )
    export_pipeline.exports.exports.create(export)
    shown = answer_of(export_pipeline.exports.handler, event)
    assert (shown["data"]["id"], shown["data"]["status"]) == (export.id, "pending")


def test_the_sample_request_gets_the_page(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FRAME_ANCESTORS", "'none'")
    answer = load("viewer").handler(sample("viewer-page.json"), LambdaContext())
    assert answer["statusCode"] == 200
    assert answer["multiValueHeaders"]["Content-Type"] == ["text/html; charset=utf-8"]
    assert answer["body"].startswith("<!doctype html>")
