"""The client against openapi.yaml: every operation, every example answer, every name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Callable

import httpx
import pytest
import yaml
from support_client import EVENT_ID, EXPORT_ID, Setup, body_of

from indelible_client import IndelibleError, answers, types

DOCUMENT = yaml.safe_load((Path(__file__).parents[3] / "openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
EVENT: Any = {"actor_id": "user_2hG9kLm", "action": "document.created"}

CALLS: dict[str, Callable[[Any], Any]] = {
    "submitEvent": lambda client: client.track(EVENT),
    "submitEvents": lambda client: client.track_batch([EVENT]),
    "listEvents": lambda client: client.get_events(),
    "getEvent": lambda client: client.get_event(EVENT_ID),
    "verifyChain": lambda client: client.verify(),
    "checkHealth": lambda client: client.health(),
    "listExports": lambda client: client.get_exports(),
    "startExport": lambda client: client.create_export(),
    "getExport": lambda client: client.get_export(EXPORT_ID),
    "cancelExport": lambda client: client.cancel_export(EXPORT_ID),
    "createViewerToken": lambda client: client.create_viewer_token(tenant_id="org_1"),
    "downloadExport": lambda client: list(client.stream_export(EXPORT_ID)),
}
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if not {"proofs", "viewer"} & {*operation["tags"]}
}
"""All but those with proofs, whose answers the package `indelible` checks, and a page's own."""


def example_answers() -> list[Any]:
    """Each example of each answer with JSON: the operation, the status and the JSON."""
    found = []
    for name, (_, _, operation) in OPERATIONS.items():
        for status, given in operation["responses"].items():
            if (name, status) == ("downloadExport", "200"):
                continue  # for viewers, which do not use this client
            reference = given.get("$ref", "").rpartition("/")[2]
            response = DOCUMENT["components"]["responses"][reference] if reference else given
            media = response.get("content", {}).get("application/json", {})
            examples = {"example": {"value": media.get("example")}, **media.get("examples", {})}
            found += [
                pytest.param(name, int(status), each["value"], id=f"{name}-{status}-{key}")
                for key, each in examples.items()
                if each["value"] is not None
            ]
    return found


def test_every_operation_has_a_call() -> None:
    assert set(CALLS) == set(OPERATIONS)


@pytest.mark.parametrize("name", CALLS)
def test_each_call_uses_the_method_and_path_of_its_operation(setup: Setup, name: str) -> None:
    method, path, _ = OPERATIONS[name]
    client, server = setup.client(httpx.Response(418, json={"error": "x", "message": "y"}))
    with pytest.raises(IndelibleError):
        CALLS[name](client)
    expected = path.replace("{event_id}", EVENT_ID).replace("{export_id}", EXPORT_ID)
    assert (server.last.method, server.last.url.path) == (method, f"/api{expected}")


@pytest.mark.parametrize(("name", "status", "example"), example_answers())
def test_each_example_is_a_result_or_a_typed_error(
    setup: Setup, name: str, status: int, example: Any
) -> None:
    client, _ = setup.client(httpx.Response(status, json=example), retry_for=0)
    receipts = example.get("events", []) if status == 202 else []
    if status < 300 and not any(each["status"] == "failed" for each in receipts):
        assert CALLS[name](client) == example
        return
    with pytest.raises(IndelibleError) as caught:
        CALLS[name](client)
    assert type(caught.value) is not IndelibleError
    assert caught.value.code == example.get("error")
    assert caught.value.response_data == example


def test_every_code_has_an_error() -> None:
    codes = set(SCHEMAS["Error"]["properties"]["error"]["enum"])
    others = {"method_not_allowed", "not_covered"}
    assert codes - set(answers.ERRORS) == others, "the client uses allowed methods, and no proofs"
    assert set(answers.ERRORS) <= codes


def in_client_s_words(name: str) -> str:
    return {"from": "from_date", "to": "to_date"}.get(name, name)


@pytest.mark.parametrize(
    ("name", "known"), [("listEvents", types.EventQuery), ("verifyChain", types.VerifyQuery)]
)
def test_every_parameter_of_the_query_is_an_argument(name: str, known: type) -> None:
    parameters = [
        DOCUMENT["components"]["parameters"][each["$ref"].rpartition("/")[2]]
        if "$ref" in each
        else each
        for each in OPERATIONS[name][2]["parameters"]
    ]
    named = {in_client_s_words(each["name"]) for each in parameters}
    assert named == set(known.__annotations__)


def test_every_field_of_an_export_request_is_an_argument() -> None:
    fields = {in_client_s_words(each) for each in SCHEMAS["ExportRequest"]["properties"]}
    assert fields - {"filters"} | {"metadata"} == set(types.ExportOptions.__annotations__)


def test_every_field_of_a_request_for_a_token_is_an_argument() -> None:
    fields = set(SCHEMAS["ViewerTokenRequest"]["properties"])
    assert fields == set(types.ViewerTokenOptions.__annotations__)


@pytest.mark.parametrize(
    ("schema", "known"),
    [
        ("Event", types.EventPayload),
        ("Target", types.Target),
        ("ChainedEvent", types.Event),
        ("Proof", types.Proof),
        ("Break", types.Break),
        ("Coverage", types.Coverage),
        ("Restart", types.Restart),
        ("Finding", types.Finding),
        ("Export", types.Export),
        ("EventPage", types.EventPage),
        ("PageProof", types.PageProof),
        ("ExportPage", types.ExportPage),
        ("ExportAnswer", types.ExportAnswer),
        ("StartedExport", types.StartedExport),
        ("ViewerToken", types.ViewerToken),
        ("BatchReceipts", types.BatchReceipts),
        ("InvalidReceipt", types.Receipt),
    ],
)
def test_a_type_has_the_fields_of_its_schema(schema: str, known: Any) -> None:
    assert set(known.__annotations__) == set(SCHEMAS[schema]["properties"])
    assert set(known.__required_keys__) == set(SCHEMAS[schema].get("required", [])) or schema in {
        "Target",
        "InvalidReceipt",
    }


def test_the_types_of_verification_have_the_fields_of_its_schema() -> None:
    whole = SCHEMAS["Verification"]["properties"]["data"]
    data = whole["properties"]
    assert set(types.VerifiedPart.__annotations__) == set(data)
    assert set(types.VerifiedPart.__required_keys__) == set(whole["required"])
    between = SCHEMAS["Coverage"]["properties"]["covered_between"]["anyOf"][0]
    assert set(types.CoveredBetween.__annotations__) == set(between["properties"])
    assert set(types.Head.__annotations__) == set(data["head"]["properties"])
    assert set(types.EventPagination.__annotations__) == set(
        SCHEMAS["EventPage"]["properties"]["pagination"]["properties"]
    )


def test_each_example_event_arrives_as_it_was_given(setup: Setup) -> None:
    examples = OPERATIONS["submitEvent"][2]["requestBody"]["content"]["application/json"][
        "examples"
    ]
    client, server = setup.client(httpx.Response(202, json={"id": EVENT_ID, "status": "queued"}))
    for each in examples.values():
        client.track(each["value"])
        assert body_of(server.last) == each["value"]


def test_a_key_that_the_client_makes_is_one_that_the_api_takes(setup: Setup) -> None:
    schema = DOCUMENT["components"]["parameters"]["IdempotencyKey"]["schema"]
    client, server = setup.client(httpx.Response(202, json={"id": EVENT_ID, "status": "queued"}))
    client.track(EVENT)
    (key,) = server.keys
    assert key is not None
    assert re.fullmatch(schema["pattern"], key)
    assert len(key) <= schema["maxLength"]
