"""Damaged items: each reader raises one typed error."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from indelible.accounts.keys import READ
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import DynamoDBKeys, create_key
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.table import (
    WORKSPACES,
    Table,
    api_key_key,
    claim_key,
    export_key,
    key,
    profile_key,
    request_claim_key,
    unfinished_exports_key,
)
from indelible.aws.workspaces import create_workspace, get_workspace, list_workspaces
from indelible.errors import DamagedItem
from indelible.exporting.requests import read_export_request
from indelible.identifiers import new_workspace_id
from indelible.ingest.ports import Claim, Key, RequestKey
from support.builders import NOON, WORKSPACE, a_caller, an_event, counted_entropy
from support.contract import validator
from support.pipeline import SINGLE, Answer, Caller, Pipeline

if TYPE_CHECKING:
    from indelible.aws.table import Item
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

    Reader = Callable[[], object]

INTERNAL = validator("/components/responses/InternalError/content/application~1json/schema")
CLAIM: dict[Key, Claim] = {"a": Claim("event-1", NOON, b"content")}
ANOTHER_TYPE: Attribute = {"BOOL": True}


def damage(table: Table, item: Item, name: str, value: Attribute | None = None) -> None:
    """Give an attribute another type or value."""
    table.client.update_item(
        TableName=table.name,
        Key=item,
        UpdateExpression="SET #name = :value",
        ExpressionAttributeNames={"#name": name},
        ExpressionAttributeValues={":value": value or ANOTHER_TYPE},
    )


def a_key(table: Table) -> tuple[Item, Reader]:
    workspace = create_workspace(table, "A workspace", Policy(), NOON)
    prefix = create_key(table, workspace.id, "a key", frozenset({READ}), NOON)[:20]
    return api_key_key(prefix), lambda: DynamoDBKeys(table).find(prefix)


def a_claim(table: Table) -> tuple[Item, Reader]:
    claims, workspace_id = DynamoDBClaims(table, table), new_workspace_id()
    claims.take(workspace_id, CLAIM)
    return claim_key(workspace_id, "a"), lambda: claims.find(workspace_id, ["a"])


def a_claim_of_a_request(table: Table) -> tuple[Item, Reader]:
    claims, workspace_id, name = DynamoDBClaims(table, table), new_workspace_id(), RequestKey("a")
    claims.take(workspace_id, {name: Claim("request-1", NOON, b"content")})
    return request_claim_key(workspace_id, "a"), lambda: claims.find(workspace_id, [name])


def a_claim_in_the_way(table: Table) -> tuple[Item, Reader]:
    claims, workspace_id = DynamoDBClaims(table, table), new_workspace_id()
    claims.take(workspace_id, CLAIM)
    other: dict[Key, Claim] = {"a": Claim("event-2", NOON, b"content")}
    return claim_key(workspace_id, "a"), lambda: claims.take(workspace_id, other)


def an_export(table: Table) -> tuple[Item, Reader]:
    exports = DynamoDBExports(table)
    made = read_export_request(a_caller(), {}, NOON, counted_entropy())
    exports.create(made)
    return export_key(WORKSPACE, made.id), lambda: exports.find(WORKSPACE, made.id)


def unfinished_exports(table: Table) -> tuple[Item, Reader]:
    exports, workspace_id = DynamoDBExports(table), new_workspace_id()
    exports.take_place(workspace_id, "export-1", 1)
    return (
        unfinished_exports_key(workspace_id),
        lambda: exports.take_place(workspace_id, "export-2", 1),
    )


def a_workspace(table: Table) -> tuple[Item, Reader]:
    made = create_workspace(table, "A workspace", Policy(), NOON)
    return profile_key(made.id), lambda: get_workspace(table, made.id)


POLICY = ("requests_per_minute", "events_per_month", "repeats_per_minute", "allowlist")
ATTRIBUTES = {
    a_key: ("workspace_id", "secret_sha256", "label", "scopes", "created_at", *POLICY),
    a_claim: ("event_id", "received_at", "content_sha256"),
    a_claim_of_a_request: ("request_id", "received_at", "body_sha256"),
    a_claim_in_the_way: ("event_id", "received_at", "content_sha256"),
    an_export: ("format", "filters", "created_at", "revision", "status", "upload_id"),
    a_workspace: ("name", "created_at", *POLICY),
}


@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make, names in ATTRIBUTES.items() for name in names]
)
def test_an_attribute_of_another_type(
    table: Table, make: Callable[[Table], tuple[Item, Reader]], name: str
) -> None:
    item, read = make(table)
    read()
    damage(table, item, name)
    with pytest.raises(DamagedItem, match=r"the stored .* is damaged"):
        read()


@pytest.mark.parametrize("digest", [b"\0", b"\0" * 31, b"\0" * 33])
def test_a_digest_of_another_length_is_damage_and_not_an_unknown_key(
    table: Table, digest: bytes
) -> None:
    item, read = a_key(table)
    damage(table, item, "secret_sha256", {"B": digest})
    with pytest.raises(DamagedItem):
        read()


@pytest.mark.parametrize(
    ("make", "name", "text"),
    [
        (a_key, "created_at", "yesterday"),
        (a_key, "workspace_id", "../x"),
        (a_claim, "received_at", "2026-11-23T12:00:00Z"),
        (an_export, "format", "xlsx"),
        (an_export, "status", ""),
        (an_export, "filters", "{"),
        (an_export, "filters", "[]"),
        (an_export, "filters", '{"actor_id": 1}'),
        (an_export, "filters", '{"nobody": "knows"}'),
        (unfinished_exports, "ids", "export-1"),
    ],
)
def test_a_string_in_another_form(
    table: Table, make: Callable[[Table], tuple[Item, Reader]], name: str, text: str
) -> None:
    item, read = make(table)
    damage(table, item, name, {"S": text})
    with pytest.raises(DamagedItem):
        read()


def test_a_pointer_to_a_workspace(moto_table: Table) -> None:
    made = create_workspace(moto_table, "A workspace", Policy(), NOON)
    damage(moto_table, key(WORKSPACES, f"WORKSPACE#{made.id}"), "created_at")
    with pytest.raises(DamagedItem, match="pointer"):
        list_workspaces(moto_table)


# ---- the response to a client --------------------------------------------------------------------


def assert_internal(answer: Answer, logged: str) -> None:
    assert answer.status == 500
    INTERNAL.validate(answer.json)
    [line] = [each for each in map(json.loads, logged.splitlines()) if each.get("level")]
    assert (line["level"], line["message"]) == ("ERROR", "failed")


def test_a_damaged_key_answers_internal(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(pipeline.table, api_key_key(caller.key[:20]), "scopes")
    answer = pipeline.post_events(caller, an_event())
    assert_internal(answer, capsys.readouterr().out)
    assert pipeline.take_messages() == []


def test_a_damaged_claim_answers_internal(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    keyed = an_event(idempotency_key="a")
    assert pipeline.post(caller, keyed, path=SINGLE).status == 202
    pipeline.take_messages()
    damage(pipeline.table, claim_key(caller.workspace_id, "a"), "event_id")
    capsys.readouterr()
    answer = pipeline.post(caller, keyed, path=SINGLE)
    assert_internal(answer, capsys.readouterr().out)
    assert pipeline.take_messages() == []
