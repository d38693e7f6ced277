"""The exporter over AWS: large files in parts, continued, retried, given up."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from indelible.exporting.sizes import Sizes
from integration.export_pipeline import ExportPipeline
from support.aws_faults import TIMEOUT, answering, before, losing_replies
from support.builders import NOON, SECOND, a_queued_event
from support.handlers import sqs_record
from support.pipeline import Caller

EVENTS = 12_000
"""Together they make a CSV of two parts."""


def state(pipeline: ExportPipeline, caller: Caller, export_id: str) -> dict[str, Any]:
    data: dict[str, Any] = pipeline.get(caller, export_id).json["data"]
    return data


def test_a_large_file_is_the_same_in_one_step_and_in_many(
    export_pipeline: ExportPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = export_pipeline.exporter
    exporter = replace(function.exporter, sizes=Sizes(chunk_records=1_000))
    monkeypatch.setattr(function, "exporter", exporter)
    caller = export_pipeline.new_caller()
    events = [
        a_queued_event(n, NOON + n * SECOND, metadata={"note": f"{n} " * 150})
        for n in range(1, EVENTS + 1)
    ]
    export_pipeline.chain(caller.workspace_id, events)
    whole = export_pipeline.start(caller)
    assert export_pipeline.finish() == 1
    stepwise = export_pipeline.start(caller)
    steps = 0
    while records := export_pipeline.take():
        [record] = records
        assert export_pipeline.step(record, seconds=1.0) == []
        steps += 1
    assert steps > 9
    files = [export_pipeline.download(caller, each).content for each in (whole, stepwise)]
    assert files[0] == files[1]
    assert len(files[0]) > 8 * 1024 * 1024
    assert state(export_pipeline, caller, stepwise)["total_rows"] == EVENTS
    tag = export_pipeline.s3.head_object(
        Bucket=export_pipeline.bucket, Key=f"{caller.workspace_id}/{whole}.csv"
    )["ETag"]
    assert tag.endswith('-2"')


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("dynamodb", "GetItem"),
        ("dynamodb", "Query"),
        ("dynamodb", "PutItem"),
        ("s3", "CreateMultipartUpload"),
        ("s3", "UploadPart"),
        ("s3", "CompleteMultipartUpload"),
    ],
)
def test_a_failed_step_is_delivered_again_and_finishes(
    export_pipeline: ExportPipeline, reader: Caller, service: str, operation: str
) -> None:
    export_id = export_pipeline.start(reader)
    [record] = receive(export_pipeline)
    client = clients(export_pipeline)[service]
    with answering(client, operation, *["InternalError"] * 3):
        assert export_pipeline.step(record) == [record["messageId"]]
    assert state(export_pipeline, reader, export_id)["status"] in ("pending", "processing")
    assert export_pipeline.step(record) == []
    assert state(export_pipeline, reader, export_id)["total_rows"] == 10


@pytest.mark.parametrize(
    ("service", "operation"),
    [("dynamodb", "PutItem"), ("s3", "UploadPart"), ("s3", "CompleteMultipartUpload")],
)
def test_a_step_whose_reply_is_lost_is_delivered_again_and_finishes(
    export_pipeline: ExportPipeline, reader: Caller, service: str, operation: str
) -> None:
    export_id = export_pipeline.start(reader)
    [record] = receive(export_pipeline)
    with losing_replies(clients(export_pipeline)[service], operation):
        assert export_pipeline.step(record) == [record["messageId"]]
    assert export_pipeline.step(record) == []
    assert state(export_pipeline, reader, export_id)["total_rows"] == 10
    assert len(export_pipeline.download(reader, export_id).content.splitlines()) == 11


def test_a_step_that_fails_waits_longer_each_time(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_pipeline.start(reader)
    [record] = receive(export_pipeline)
    waits: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        waits.append(params["VisibilityTimeout"])

    sqs = export_pipeline.exporter.queue._client
    event = "before-parameter-build.sqs.ChangeMessageVisibility"
    sqs.meta.events.register_first(event, note)
    for receives in range(1, 5):
        record["attributes"]["ApproximateReceiveCount"] = str(receives)
        with answering(clients(export_pipeline)["dynamodb"], "GetItem", *[TIMEOUT] * 3):
            assert export_pipeline.step(record) == [record["messageId"]]
    sqs.meta.events.unregister(event, note)
    assert waits == [60, 120, 240, 480]


def test_the_last_receive_marks_the_export_as_failed(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    [record] = export_pipeline.take()
    record["attributes"]["ApproximateReceiveCount"] = "5"
    assert export_pipeline.step(record) == []
    failed = state(export_pipeline, reader, export_id)
    assert failed["status"] == "failed"
    assert failed["error_message"] == "The export could not be finished. Start a new one."
    assert failed["download_url"] is None


def test_a_repeated_delivery_changes_nothing(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    [record] = export_pipeline.take()
    assert export_pipeline.step(record) == []
    completed = state(export_pipeline, reader, export_id)
    assert export_pipeline.step(record) == []
    assert state(export_pipeline, reader, export_id) == completed
    assert export_pipeline.take() == []


def test_one_of_two_concurrent_steps_stops(export_pipeline: ExportPipeline, reader: Caller) -> None:
    export_id = export_pipeline.start(reader)
    [record] = export_pipeline.take()
    second = partial(export_pipeline.step, record)
    with before(clients(export_pipeline)["dynamodb"], "PutItem", second):
        assert export_pipeline.step(record) == []
    assert state(export_pipeline, reader, export_id)["total_rows"] == 10


def test_an_upload_that_is_gone_but_left_its_file_was_completed(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.start(reader)
    [record] = receive(export_pipeline)
    s3 = clients(export_pipeline)["s3"]
    with losing_replies(s3, "CompleteMultipartUpload"):
        assert export_pipeline.step(record) == [record["messageId"]]
    with answering(s3, "CompleteMultipartUpload", "NoSuchUpload"):
        assert export_pipeline.step(record) == []
    assert state(export_pipeline, reader, export_id)["status"] == "completed"


def test_an_upload_that_is_gone_without_a_file_is_a_failure(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    """As if a lifecycle rule had aborted the upload."""
    export_id = export_pipeline.start(reader)
    [record] = receive(export_pipeline)
    with answering(clients(export_pipeline)["s3"], "CompleteMultipartUpload", "NoSuchUpload"):
        assert export_pipeline.step(record) == [record["messageId"]]
    assert state(export_pipeline, reader, export_id)["status"] == "processing"


def test_a_message_that_is_not_a_task_is_an_error(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_pipeline.start(reader)
    [record] = export_pipeline.take()
    with pytest.raises(Exception, match="not a task of the exporter"):
        export_pipeline.step({**record, "body": "{}"})


def receive(pipeline: ExportPipeline) -> list[dict[str, Any]]:
    """The messages, which stay on the queue while they are being processed."""
    answer = pipeline.sqs.receive_message(QueueUrl=pipeline.queue_url, AttributeNames=["All"])
    return [sqs_record(message) for message in answer["Messages"]]


def clients(pipeline: ExportPipeline) -> dict[str, Any]:
    """The exporter's own clients, for planning faults."""
    return {
        "dynamodb": pipeline.exporter.table.client,
        "s3": pipeline.exporter.exporter.files._client,
    }
