"""The promises of template.yaml about exports, read from the file; no stack is needed."""

from __future__ import annotations

import pytest
from e2e.template import FOURTEEN_DAYS, RESOURCES
from indelible.exporting.job import KEPT, UNFINISHED_KEPT
from support.builders import DAY
from support.handlers import ROOT


def test_the_bucket_is_encrypted_and_private() -> None:
    bucket = RESOURCES["ExportsBucket"]["Properties"]
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_the_bucket_refuses_plain_http() -> None:
    policy = RESOURCES["ExportsBucketPolicy"]["Properties"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert policy["Bucket"] == {"Ref": "ExportsBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "s3:*",
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [
        {"Fn::GetAtt": "ExportsBucket.Arn"},
        {"Fn::Sub": "${ExportsBucket.Arn}/*"},
    ]


def test_the_bucket_keeps_files_while_links_work_and_uploads_while_exports_run() -> None:
    """S3 counts both from when an upload began."""
    [rule] = RESOURCES["ExportsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["ExpirationInDays"] * DAY == UNFINISHED_KEPT + KEPT
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] * DAY == UNFINISHED_KEPT


@pytest.mark.parametrize("name", ["ExportQueue", "ExportDeadLetterQueue"])
def test_the_export_queues_are_encrypted_and_keep_messages_long(name: str) -> None:
    queue = RESOURCES[name]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS


def test_an_export_step_that_keeps_failing_goes_to_its_dead_letter_queue() -> None:
    redrive = RESOURCES["ExportQueue"]["Properties"]["RedrivePolicy"]
    app = (ROOT / "functions" / "exporter" / "app.py").read_text()
    assert f"LAST_RECEIVE = {redrive['maxReceiveCount']}\n" in app
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": "ExportDeadLetterQueue.Arn"}
    name = RESOURCES["ExportQueue"]["Properties"]["QueueName"]["Fn::Sub"]
    [source] = RESOURCES["ExportDeadLetterQueue"]["Properties"]["RedriveAllowPolicy"][
        "sourceQueueArns"
    ]
    assert source["Fn::Sub"].rpartition(":")[2] == name.rpartition(":")[2]


def test_a_step_is_hidden_for_six_times_as_long_as_it_may_take() -> None:
    timeout = RESOURCES["ExporterFunction"]["Properties"]["Timeout"]
    assert RESOURCES["ExportQueue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_steps_come_one_at_a_time_and_may_continue_for_long() -> None:
    function = RESOURCES["ExporterFunction"]["Properties"]
    source = function["Events"]["Exports"]["Properties"]
    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 5}
    assert function["RecursiveLoop"] == "Allow"
