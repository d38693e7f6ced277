"""The permissions in template.yaml of each function's role; test_roles.py tries them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from e2e.template import (
    FUNCTION_ROLES,
    RESOURCES,
    STREAM,
    as_list,
    of_type,
    other_grants,
    properties,
    statements,
    table_grants,
)

FILES = {"Fn::Sub": "${ExportsBucket.Arn}/*"}
LOCKED_BUCKET = {
    "Fn::If": [
        "UsesOwnLockedBucket",
        {"Fn::GetAtt": "LockedBucket.Arn"},
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${CheckpointBucket}"},
    ]
}
LOCKED = {
    "Fn::If": [
        "UsesOwnLockedBucket",
        {"Fn::Sub": "${LockedBucket.Arn}/*"},
        {"Fn::Sub": "arn:${AWS::Partition}:s3:::${CheckpointBucket}/*"},
    ]
}
STATE = {"Fn::Sub": "${StateBucket.Arn}/state"}
WATCHER_POSITION = {"Fn::Sub": "${StateBucket.Arn}/watcher"}
PRESENT_KEY = {
    "Fn::If": ["UsesOwnSigningKey", {"Fn::GetAtt": "SigningKey.Arn"}, {"Ref": "SigningKeyArn"}]
}
SIGNING_KEY = {
    "Fn::If": ["HasNextSigningKey", [PRESENT_KEY, {"Ref": "NextSigningKeyArn"}], PRESENT_KEY]
}
TRACE_ACTIONS = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TAKE_MESSAGES = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}
READ_STREAM = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}


def arn(name: str) -> dict[str, str]:
    return {"Fn::GetAtt": f"{name}.Arn"}


BOTH_BUCKETS = [LOCKED_BUCKET, arn("StateBucket")]
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PartiQLInsert"}
SIGNING_SECRET = {"Fn::GetAtt": "SigningSecret.Id"}
OTHER_GRANTS: dict[str, dict[str, Any]] = {
    "IngestRole": {"sqs:SendMessage": arn("Queue")},
    "WriterRole": {
        "secretsmanager:GetSecretValue": SIGNING_SECRET,
        "sqs:SendMessage": arn("DeadLetterQueue"),
        **dict.fromkeys(TAKE_MESSAGES, arn("Queue")),
    },
    "QueryRole": {
        "secretsmanager:GetSecretValue": SIGNING_SECRET,
        "s3:GetObject": LOCKED,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
    },
    "IndexerRole": {**dict.fromkeys(READ_STREAM, STREAM), "sqs:SendMessage": arn("GrowthQueue")},
    "ExportsRole": {
        "secretsmanager:GetSecretValue": SIGNING_SECRET,
        "sqs:SendMessage": arn("ExportQueue"),
        "s3:GetObject": FILES,
    },
    "ExporterRole": {
        "s3:GetObject": [FILES, LOCKED],
        "s3:GetObjectVersion": STATE,
        "s3:PutObject": FILES,
        "s3:ListBucket": [arn("ExportsBucket"), *BOTH_BUCKETS],
        "sqs:SendMessage": arn("ExportQueue"),
        **dict.fromkeys(TAKE_MESSAGES, arn("ExportQueue")),
    },
    "CheckpointRole": {
        "s3:PutObject": [LOCKED, STATE],
        "s3:GetObject": [LOCKED, STATE],
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
        "sqs:ReceiveMessage": arn("GrowthQueue"),
        "sqs:DeleteMessage": arn("GrowthQueue"),
        "sqs:ChangeMessageVisibility": arn("GrowthQueue"),
        "kms:Sign": SIGNING_KEY,
        "kms:GetPublicKey": SIGNING_KEY,
    },
    "WatcherRole": {
        "s3:GetObject": [WATCHER_POSITION, LOCKED],
        "s3:PutObject": WATCHER_POSITION,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
        "s3:ListBucketVersions": LOCKED_BUCKET,
        "sqs:SendMessage": arn("GrowthQueue"),
    },
    "ProofsRole": {
        "s3:GetObject": LOCKED,
        "s3:GetObjectVersion": STATE,
        "s3:ListBucket": BOTH_BUCKETS,
    },
}
"""Everything that a role may do outside the table, apart from logging and tracing."""


def test_each_function_has_a_role_of_its_own() -> None:
    functions = of_type("AWS::Serverless::Function")
    roles = {name: each["Properties"]["Role"]["Fn::GetAtt"] for name, each in functions.items()}
    assert roles == {name: name.replace("Function", "Role") + ".Arn" for name in functions}
    assert {f"{each}.Arn" for each in FUNCTION_ROLES} == set(roles.values())


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_only_lambda_may_assume_a_role(role: str) -> None:
    [statement] = properties(role)["AssumeRolePolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_has_no_managed_policy(role: str) -> None:
    assert "ManagedPolicyArns" not in properties(role)


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_names_every_resource_but_those_of_tracing(role: str) -> None:
    for statement in statements(role):
        if "*" in as_list(statement["Resource"]):
            assert set(as_list(statement["Action"])) == TRACE_ACTIONS
        else:
            resource = statement["Resource"]
            assert resource in (FILES, LOCKED, STATE) or "*" not in json.dumps(resource)


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_allows_single_actions_and_nothing_that_deletes_from_the_table(role: str) -> None:
    actions = [action for each in statements(role) for action in as_list(each["Action"])]
    assert all(re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action) for action in actions)
    deleting = [a for a in actions if a.startswith("dynamodb:") and "Delete" in a]
    assert deleting == (["dynamodb:DeleteItem"] if role == "CheckpointRole" else [])
    assert not {"dynamodb:BatchWriteItem", "dynamodb:Scan"} & set(actions)
    assert all("NotAction" not in each and "NotResource" not in each for each in statements(role))


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_a_role_allows_nothing_outside_the_table_but_what_its_function_does(role: str) -> None:
    log = role.replace("Role", "Log")
    allowed = {
        **OTHER_GRANTS[role],
        **dict.fromkeys(LOG_ACTIONS, arn(log)),
        **dict.fromkeys(TRACE_ACTIONS, "*"),
    }
    assert other_grants(role) == {action: as_list(resource) for action, resource in allowed.items()}


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_no_function_may_write_keys_or_profiles(role: str) -> None:
    """Otherwise a function could make itself a key, or lift the limits of a workspace."""
    for statement in statements(role):
        if WRITES & set(as_list(statement["Action"])):
            reached = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert not {"KEY#*", "WORKSPACE#*", "WORKSPACES"} & set(reached)


def test_only_the_checkpoint_function_writes_what_decides_on_the_log() -> None:
    """Nor does it write or delete anything else, so what it signs is what others have written."""
    writers = {
        role
        for role in FUNCTION_ROLES
        for action, reached in table_grants(role).items()
        if action in WRITES and "LOG" in reached
    }
    assert writers == {"CheckpointRole"}
    assert table_grants("CheckpointRole") == {
        "dynamodb:Query": ["CHAIN#*", "LOG"],
        "dynamodb:BatchGetItem": ["CHAIN#*"],
        "dynamodb:GetItem": ["LOG"],
        "dynamodb:PutItem": ["LOG"],
        "dynamodb:DeleteItem": ["LOG"],
    }


def test_the_watcher_writes_its_position_and_anchors_and_nothing_that_it_watches() -> None:
    assert table_grants("WatcherRole") == {
        "dynamodb:Query": ["CHAIN#*", "INDEX#*", "WORKSPACES", "ANCHOR#*"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "WORKSPACES"],
        "dynamodb:GetItem": ["LOG"],
        "dynamodb:PutItem": ["WATCHER", "ANCHOR#*"],
    }


def test_the_function_that_returns_proofs_writes_nothing() -> None:
    assert table_grants("ProofsRole") == {
        "dynamodb:GetItem": ["ANCHOR#*", "KEY#*", "WATCHER"],
        "dynamodb:Query": ["CHAIN#*", "INDEX#*", "ANCHOR#*"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "LOG"],
    }


def test_the_locked_bucket_gets_nothing_in_place_of_what_it_has() -> None:
    [put] = [
        each
        for each in statements("CheckpointRole")
        if each["Resource"] == LOCKED and each["Action"] == "s3:PutObject"
    ]
    assert put["Condition"] == {"Null": {"s3:if-none-match": "false"}}


def test_the_role_signs_whole_texts_only() -> None:
    [sign] = [each for each in statements("CheckpointRole") if each["Action"] == "kms:Sign"]
    assert sign["Condition"] == {
        "StringEquals": {
            "kms:SigningAlgorithm": "ED25519_SHA_512",
            "kms:MessageType": "RAW",
        }
    }


def test_ingest_has_no_access_to_chains() -> None:
    assert table_grants("IngestRole") == {
        "dynamodb:GetItem": ["KEY#*"],
        "dynamodb:UpdateItem": ["USAGE#*"],
        "dynamodb:BatchGetItem": ["CLAIM#*"],
        "dynamodb:PartiQLInsert": ["CLAIM#*"],
    }


def test_ingest_inserts_nothing_without_the_partition_in_its_request() -> None:
    """`ForAllValues` is true for a request without the key."""
    [insert] = [s for s in statements("IngestRole") if s["Action"] == "dynamodb:PartiQLInsert"]
    assert insert["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_no_role_allows_a_statement_but_ingest_s_insert(role: str) -> None:
    actions = {action for each in statements(role) for action in as_list(each["Action"])}
    allowed = {"dynamodb:PartiQLInsert"} if role == "IngestRole" else set()
    assert {each for each in actions if "PartiQL" in each} == allowed


def test_the_writer_has_access_to_chains_look_ups_and_one_attribute_of_usage() -> None:
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


def test_query_reads_keys_chains_the_index_and_the_log_and_writes_nothing() -> None:
    assert table_grants("QueryRole") == {
        "dynamodb:GetItem": ["KEY#*", "WATCHER"],
        "dynamodb:Query": ["CHAIN#*", "INDEX#*"],
        "dynamodb:BatchGetItem": ["CHAIN#*", "INDEX#*", "LOG"],
    }


def test_the_indexer_reads_chains_and_writes_the_index_only() -> None:
    assert table_grants("IndexerRole") == {
        "dynamodb:Query": ["CHAIN#*", "INDEX#*"],
        "dynamodb:PutItem": ["INDEX#*"],
    }


def test_the_function_that_starts_exports_has_no_access_to_chains() -> None:
    assert table_grants("ExportsRole") == {
        "dynamodb:GetItem": ["KEY#*", "EXPORT#*"],
        "dynamodb:Query": ["EXPORT#*"],
        "dynamodb:PutItem": ["EXPORT#*"],
        "dynamodb:UpdateItem": ["EXPORT#*"],
    }


def test_the_exporter_reads_chains_and_writes_exports_only() -> None:
    assert table_grants("ExporterRole") == {
        "dynamodb:Query": ["CHAIN#*"],
        "dynamodb:GetItem": ["EXPORT#*"],
        "dynamodb:PutItem": ["EXPORT#*"],
        "dynamodb:BatchGetItem": ["LOG"],
    }


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("ExportsRole", {"s3:GetObject"}),
        ("ExporterRole", {"s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"}),
    ],
)
def test_no_function_may_delete_a_file_or_an_upload(role: str, allowed: set[str]) -> None:
    assert {each for each in other_grants(role) if each.startswith("s3:")} == allowed


def test_schedules_may_call_the_functions_that_have_one_and_nothing_else() -> None:
    role = properties("ScheduleRole")
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    [allowed] = statements("ScheduleRole")
    assert allowed["Action"] == "lambda:InvokeFunction"
    assert allowed["Resource"] == [arn("CheckpointFunction"), arn("WatcherFunction")]


def test_the_signing_secret_is_made_by_the_stack_and_read_only_by_functions_that_sign() -> None:
    made = properties("SigningSecret")["GenerateSecretString"]
    assert made == {"PasswordLength": 64, "ExcludePunctuation": True}
    readers = {
        name for name in RESOURCES if "secretsmanager:GetSecretValue" in repr(RESOURCES[name])
    }
    assert readers == {"ExportsRole", "QueryRole", "WriterRole"}
