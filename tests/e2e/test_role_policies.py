"""What holds for the permissions of every role in template.yaml; test_roles.py tries them."""

from __future__ import annotations

import json
import re

import pytest
from e2e.role_grants import (
    FILES,
    LOCKED,
    LOG_ACTIONS,
    OTHER_GRANTS,
    STATE,
    TRACE_ACTIONS,
    WRITES,
    arn,
)
from e2e.template import (
    FUNCTION_ROLES,
    RESOURCES,
    as_list,
    of_type,
    other_grants,
    properties,
    statements,
)


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


@pytest.mark.parametrize("role", FUNCTION_ROLES)
def test_no_role_allows_a_statement_but_ingest_s_insert(role: str) -> None:
    actions = {action for each in statements(role) for action in as_list(each["Action"])}
    allowed = {"dynamodb:PartiQLInsert"} if role == "IngestRole" else set()
    assert {each for each in actions if "PartiQL" in each} == allowed


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


@pytest.mark.parametrize(
    ("secret", "readers"),
    [
        ("SigningSecret", {"ExportsRole", "QueryRole", "WriterRole"}),
        ("TokenSecret", {"ExportsRole", "ProofsRole", "QueryRole"}),
    ],
)
def test_a_secret_is_made_by_the_stack_and_read_only_by_functions_that_need_it(
    secret: str, readers: set[str]
) -> None:
    made = properties(secret)["GenerateSecretString"]
    assert made == {"PasswordLength": 64, "ExcludePunctuation": True}
    roles = {name for name in RESOURCES if name.endswith("Role")}
    assert {name for name in roles if f"{secret}.Id" in repr(RESOURCES[name])} == readers
