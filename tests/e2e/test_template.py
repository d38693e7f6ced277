"""The promises of template.yaml about queues, the table and logs; no stack is needed."""

from __future__ import annotations

import json
import re

import pytest
from e2e.template import FOURTEEN_DAYS, RESOURCES, TEMPLATE, of_type
from support.handlers import ROOT


def test_a_message_stays_hidden_for_six_times_as_long_as_the_writer_may_take() -> None:
    timeout = RESOURCES["WriterFunction"]["Properties"]["Timeout"]
    assert RESOURCES["Queue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_the_writer_reports_single_messages_as_failed() -> None:
    source = RESOURCES["WriterFunction"]["Properties"]["Events"]["Messages"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10


def test_the_indexer_misses_no_change_of_a_segment() -> None:
    """Lambda filters by fields under `dynamodb`; here keys only, so all kinds of change pass."""
    source = RESOURCES["IndexerFunction"]["Properties"]["Events"]["Segments"]["Properties"]
    [pattern] = [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert pattern == {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "SEGMENT#"}]}}}}
    assert source["MaximumRetryAttempts"] == -1
    assert source["BisectBatchOnFunctionError"] is True
    assert "MaximumRecordAgeInSeconds" not in source


@pytest.mark.parametrize("name", ["Queue", "DeadLetterQueue"])
def test_the_queues_are_fifo_in_high_throughput_mode_encrypted_and_keep_messages_long(
    name: str,
) -> None:
    queue = RESOURCES[name]["Properties"]
    assert queue["FifoQueue"] is True
    assert queue["DeduplicationScope"] == "messageGroup"
    assert queue["FifoThroughputLimit"] == "perMessageGroupId"
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == FOURTEEN_DAYS


@pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
def test_a_queue_refuses_plain_http(name: str) -> None:
    [policy] = [
        each["Properties"]["PolicyDocument"]["Statement"]
        for each in of_type("AWS::SQS::QueuePolicy").values()
        if each["Properties"]["Queues"] == [{"Ref": name}]
    ]
    [statement] = policy
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == {"Fn::GetAtt": f"{name}.Arn"}


def test_an_outage_of_ten_minutes_causes_no_dead_letter() -> None:
    queue = RESOURCES["Queue"]["Properties"]
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 10
    assert redrive["maxReceiveCount"] * queue["VisibilityTimeout"] > 600
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": "DeadLetterQueue.Arn"}


def test_the_dead_letter_queue_admits_the_queue_by_its_name() -> None:
    name, unique = RESOURCES["Queue"]["Properties"]["QueueName"]["Fn::Sub"]
    [allowed] = RESOURCES["DeadLetterQueue"]["Properties"]["RedriveAllowPolicy"]["sourceQueueArns"]
    arn, unique_there = allowed["Fn::Sub"]
    assert (arn.rpartition("}:")[2], unique_there) == (name, unique)


@pytest.mark.parametrize("name", ["Queue", "DeadLetterQueue"])
def test_queued_events_survive_the_stack_and_do_not_stop_a_new_one(name: str) -> None:
    """A retained queue keeps its name, so the name has a part of the stack's id, a UUID."""
    queue = RESOURCES[name]
    assert queue["DeletionPolicy"] == queue["UpdateReplacePolicy"] == "Retain"
    text, values = queue["Properties"]["QueueName"]["Fn::Sub"]
    assert text.endswith("-${Unique}.fifo")
    stack_uuid = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    assert values == {"Unique": {"Fn::Select": [0, {"Fn::Split": ["-", stack_uuid]}]}}


@pytest.mark.parametrize("name", ["QueuePolicy", "DeadLetterQueuePolicy"])
def test_a_queue_that_survives_the_stack_still_refuses_plain_http(name: str) -> None:
    policy = RESOURCES[name]
    assert policy["DeletionPolicy"] == policy["UpdateReplacePolicy"] == "Retain"


def test_a_stack_can_go_on_with_another_table() -> None:
    """Every use of the table follows TableName, and the stack's own table stays in the stack."""
    assert "Condition" not in RESOURCES["Table"]
    used = {"Fn::If": ["UsesOwnTable", {"Ref": "Table"}, {"Ref": "TableName"}]}
    assert TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["TABLE_NAME"] == used
    assert TEMPLATE["Outputs"]["TableName"]["Value"] == used
    text = (ROOT / "template.yaml").read_text()
    assert len(re.findall(r"!Ref Table\b", text)) == 1
    assert len(re.findall(r"!GetAtt Table\.", text)) == len({"Arn", "StreamArn"})
    assert "${Table}" not in text
    for alarm in ("TableWriteThrottlesAlarm", "TableReadThrottlesAlarm"):
        [dimension] = RESOURCES[alarm]["Properties"]["Dimensions"]
        assert dimension["Value"] == used


def test_the_table_survives_the_stack_and_operator_mistakes() -> None:
    table = RESOURCES["Table"]
    properties = table["Properties"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_no_item_of_a_table_expires(name: str) -> None:
    """With time to live, a role that may write an item could have DynamoDB delete it."""
    assert "TimeToLiveSpecification" not in RESOURCES[name]["Properties"]


def test_logs_are_not_kept_forever() -> None:
    for group in of_type("AWS::Logs::LogGroup").values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_write_to_their_own_log_group() -> None:
    for name, function in of_type("AWS::Serverless::Function").items():
        log = name.replace("Function", "Log")
        assert RESOURCES[log]["Type"] == "AWS::Logs::LogGroup"
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": log}


def test_every_parameter_is_used() -> None:
    text = (ROOT / "template.yaml").read_text()
    for name in TEMPLATE["Parameters"]:
        assert f"!Ref {name}" in text, name


def test_no_parameter_can_make_the_logs_show_what_is_in_requests() -> None:
    of_all = TEMPLATE["Globals"]["Function"]
    assert of_all["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == "INFO"
    assert of_all["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    for function in of_type("AWS::Serverless::Function").values():
        own = function["Properties"]
        assert "POWERTOOLS_LOG_LEVEL" not in own["Environment"]["Variables"]
        assert "ApplicationLogLevel" not in own["LoggingConfig"]
