"""What template.yaml promises, read from the file; no stack is needed."""

import json
import re
from typing import Any

import pytest
from e2e.template import (
    FUNCTION_ROLES,
    RESOURCES,
    ROOT,
    TEMPLATE,
    as_list,
    of_type,
    statements,
    table_grants,
)

FOURTEEN_DAYS = 14 * 24 * 3600
FILES = {"Fn::Sub": "${ExportsBucket.Arn}/*"}
TRACE_ACTIONS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
OUR_CODES = {"not_found", "forbidden", "payload_too_large", "rate_limited", "unavailable"}
TO_BE_SENT_AGAIN = {"429", "503"}


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_names_every_resource_but_those_of_tracing(role: str) -> None:
    for statement in statements(role):
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) == TRACE_ACTIONS
        else:
            resource = statement["Resource"]
            assert resource == FILES or "*" not in json.dumps(resource)


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_allows_single_actions_and_nothing_that_deletes_from_the_table(role: str) -> None:
    actions = [action for each in statements(role) for action in as_list(each["Action"])]
    assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in actions)
    assert not [a for a in actions if a.startswith("dynamodb:") and "Delete" in a]
    assert not {"dynamodb:BatchWriteItem", "dynamodb:Scan"} & set(actions)
    assert all("NotAction" not in each and "NotResource" not in each for each in statements(role))


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_has_no_managed_policy(role: str) -> None:
    assert "ManagedPolicyArns" not in RESOURCES[role]["Properties"]


def test_ingest_reaches_no_chain() -> None:
    assert table_grants("IngestRole") == {
        "dynamodb:GetItem": ["KEY#*"],
        "dynamodb:UpdateItem": ["USAGE#*"],
        "dynamodb:BatchGetItem": ["CLAIM#*"],
        "dynamodb:PutItem": ["CLAIM#*"],
    }


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_no_function_may_write_where_keys_and_profiles_are(role: str) -> None:
    """An update is enough to have the table forget an item: it can set `expires_at`."""
    for statement in statements(role):
        if {"dynamodb:PutItem", "dynamodb:UpdateItem"} & set(as_list(statement["Action"])):
            reached = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert not {"KEY#*", "WORKSPACE#*"} & set(reached)


def test_the_writer_reaches_chains_look_ups_and_one_attribute_of_usage() -> None:
    assert table_grants("WriterRole") == {
        "dynamodb:Query": ["CHAIN#*"],
        "dynamodb:GetItem": ["LOOKUP#*"],
        "dynamodb:PutItem": ["CHAIN#*", "LOOKUP#*"],
        "dynamodb:UpdateItem": ["USAGE#*"],
    }
    [update] = [s for s in statements("WriterRole") if s["Action"] == "dynamodb:UpdateItem"]
    attributes = update["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert attributes == ["pk", "sk", "refuse_until"]
    returned = update["Condition"]["StringEqualsIfExists"]["dynamodb:ReturnValues"]
    assert not {"ALL_OLD", "ALL_NEW"} & set(returned)


def test_query_reads_keys_chains_and_the_index_and_writes_nothing() -> None:
    grants = table_grants("QueryRole")
    assert grants == {
        "dynamodb:GetItem": ["KEY#*", "INDEX#*"],
        "dynamodb:Query": ["CHAIN#*", "INDEX#*"],
    }


def test_each_function_has_a_role_of_its_own() -> None:
    functions = of_type("AWS::Serverless::Function")
    roles = {name: each["Properties"]["Role"]["Fn::GetAtt"] for name, each in functions.items()}
    assert roles == {name: name.replace("Function", "Role") + ".Arn" for name in functions}


def test_a_message_stays_hidden_for_six_times_as_long_as_the_writer_may_take() -> None:
    timeout = RESOURCES["WriterFunction"]["Properties"]["Timeout"]
    assert RESOURCES["Queue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_the_writer_reports_single_messages_as_failed() -> None:
    source = RESOURCES["WriterFunction"]["Properties"]["Events"]["Messages"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10


def test_the_indexer_misses_no_change_of_a_segment() -> None:
    """Lambda filters what lies under `dynamodb`; keys alone, so inserts, changes and removals."""
    source = RESOURCES["IndexerFunction"]["Properties"]["Events"]["Segments"]["Properties"]
    [pattern] = [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    assert pattern == {"dynamodb": {"Keys": {"sk": {"S": [{"prefix": "SEGMENT#"}]}}}}
    assert source["MaximumRetryAttempts"] == -1
    assert source["BisectBatchOnFunctionError"] is True
    assert "MaximumRecordAgeInSeconds" not in source


@pytest.mark.parametrize("function", ["IngestFunction", "QueryFunction", "ExportsFunction"])
def test_a_function_answers_before_the_gateway_gives_up(function: str) -> None:
    assert RESOURCES[function]["Properties"]["Timeout"] < 29


@pytest.mark.parametrize("name", ["Queue", "DeadLetterQueue"])
def test_a_queue_is_fifo_in_high_throughput_mode_encrypted_and_patient(name: str) -> None:
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


def test_an_outage_of_ten_minutes_makes_no_dead_letter() -> None:
    queue = RESOURCES["Queue"]["Properties"]
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 10
    assert redrive["maxReceiveCount"] * queue["VisibilityTimeout"] > 600
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": "DeadLetterQueue.Arn"}


def test_the_dead_letter_queue_admits_the_queue_by_its_name() -> None:
    name = RESOURCES["Queue"]["Properties"]["QueueName"]["Fn::Sub"]
    allowed = RESOURCES["DeadLetterQueue"]["Properties"]["RedriveAllowPolicy"]["sourceQueueArns"]
    assert [each["Fn::Sub"].rpartition(":")[2] for each in allowed] == [name.rpartition(":")[2]]


def test_the_table_outlives_the_stack_and_its_operators_mistakes() -> None:
    table = RESOURCES["Table"]
    properties = table["Properties"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }


def test_logs_are_not_kept_for_ever() -> None:
    for group in of_type("AWS::Logs::LogGroup").values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_functions_write_to_their_own_log_group() -> None:
    for name, function in of_type("AWS::Serverless::Function").items():
        log = name.replace("Function", "Log")
        assert RESOURCES[log]["Type"] == "AWS::Logs::LogGroup"
        assert function["Properties"]["LoggingConfig"]["LogGroup"] == {"Ref": log}


def test_the_access_log_is_json_and_holds_no_header_and_no_body() -> None:
    form = RESOURCES["Api"]["Properties"]["AccessLogSetting"]["Format"]
    fields = json.loads(form)
    assert {"request_id", "status", "latency_ms"} <= set(fields)
    assert "authorization" not in form.lower()
    assert "body" not in form.lower()


def test_the_gateway_throttles_traces_and_keeps_bodies_out_of_its_logs() -> None:
    api = RESOURCES["Api"]["Properties"]
    [settings] = api["MethodSettings"]
    assert api["TracingEnabled"] is True
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    assert settings["DataTraceEnabled"] is False
    assert settings["LoggingLevel"] == "OFF"


def test_the_public_path_is_the_one_of_the_contract() -> None:
    events = RESOURCES["IngestFunction"]["Properties"]["Events"].values()
    stage = RESOURCES["Api"]["Properties"]["StageName"]
    routes = {
        f"{each['Properties']['Method']} /{stage}{each['Properties']['Path']}" for each in events
    }
    assert routes == {"POST /api/v1/events", "POST /api/v1/events/batch"}


RESPONSES: dict[str, Any] = RESOURCES["Api"]["Properties"]["GatewayResponses"]


@pytest.mark.parametrize("name", RESPONSES)
def test_what_the_gateway_answers_itself_has_the_shape_of_our_errors(name: str) -> None:
    response = RESPONSES[name]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    assert set(body) == {"error", "message"}
    assert body["error"] in OUR_CODES
    headers = response.get("ResponseParameters", {}).get("Headers", {})
    assert ("Retry-After" in headers) == (response["StatusCode"] in TO_BE_SENT_AGAIN)


def test_the_gateway_answers_nothing_in_another_shape() -> None:
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= set(RESPONSES)


@pytest.mark.parametrize("name", ["INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "DEFAULT_5XX"])
def test_a_failure_behind_the_gateway_is_to_be_sent_again(name: str) -> None:
    assert RESPONSES[name]["StatusCode"] == "503"


def test_every_alarm_notifies_the_topic_when_there_is_one() -> None:
    notified = {"Fn::If": ["NotifiesAlarms", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    for alarm in of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["AlarmActions"] == notified
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching"


def test_the_dashboard_shows_every_alarm() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    alarms = json.loads(body)["widgets"][0]["properties"]["alarms"]
    shown = {each.removeprefix("${").removesuffix(".Arn}") for each in alarms}
    assert shown == set(of_type("AWS::CloudWatch::Alarm"))


def test_the_dashboard_shows_metrics_that_the_functions_emit() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    shown = set(re.findall(r'"Indelible", "(\w+)"', body))
    handlers = "".join(path.read_text() for path in (ROOT / "functions").glob("*/*.py"))
    emitted = set(re.findall(r'add_metric\(\s*"(\w+)"', handlers))
    emitted |= {f"Events{status}" for status in ("Queued", "Duplicate", "Invalid")}
    assert shown
    assert shown <= emitted


def test_every_parameter_is_used() -> None:
    text = (ROOT / "template.yaml").read_text()
    for name in TEMPLATE["Parameters"]:
        assert f"!Ref {name}" in text, name


def test_no_parameter_can_make_the_logs_show_what_is_in_requests() -> None:
    assert (
        TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"]
        == "INFO"
    )
    for function in of_type("AWS::Serverless::Function").values():
        assert function["Properties"]["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
