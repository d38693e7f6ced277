"""What RFC 9110 and clients expect of every route: HEAD, methods, headers, ids, health."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import pytest
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.web.responses import METHODS
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from support.builders import an_event
from support.gateway import api_event, function_for
from support.handlers import load
from support.pipeline import Answer, Caller, Pipeline, answer_of, now

ANY_METHOD = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""What `ANY` stands for in API Gateway."""

REFUSED = [
    (resource, method)
    for resource, methods in METHODS.items()
    for method in ANY_METHOD
    if method not in methods
]


@pytest.fixture
def functions(
    pipeline: Pipeline, export_pipeline: ExportPipeline, proof_pipeline: ProofPipeline
) -> dict[str, ModuleType]:
    """The functions behind the API by their names in template.yaml."""
    return {
        "IngestFunction": pipeline.ingest,
        "QueryFunction": pipeline.query,
        "ExportsFunction": export_pipeline.exports,
        "ProofsFunction": proof_pipeline.proofs,
        "ViewerFunction": load("viewer"),
    }


def send(
    functions: dict[str, ModuleType],
    caller: Caller | None,
    method: str,
    path: str,
    resource: str | None = None,
    **request: Any,
) -> Answer:
    """Send a request to the function to which API Gateway would send it."""
    headers = [("Authorization", f"Bearer {caller.key}")] if caller else []
    function = functions[function_for(method, resource or path)]
    event = api_event(None, headers, path=path, method=method, received_at=now(), **request)
    return answer_of(function, event)


@pytest.mark.parametrize(("resource", "method"), REFUSED)
def test_a_method_that_a_path_does_not_have_is_405_with_those_it_has(
    functions: dict[str, ModuleType], resource: str, method: str
) -> None:
    path = re.sub("{.+?}", "x", resource)
    answer = send(functions, None, method, path, resource)
    assert answer.status == 405
    assert answer.headers["allow"] == [", ".join(METHODS[resource])]
    assert answer.headers["cache-control"] == ["no-store"]
    if method != "HEAD":
        assert answer.headers["content-type"] == ["application/json"]
        assert answer.json["error"] == "method_not_allowed"
        assert METHODS[resource][0] in answer.json["message"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/{id}", "/v1/verify", "/v1/health"])
def test_head_is_answered_as_get_is_but_without_the_body(
    functions: dict[str, ModuleType], pipeline: Pipeline, caller: Caller, path: str
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event())
    path, resource = path.format(id=event_id), path.replace("{id}", "{event_id}")
    shown = send(functions, caller, "GET", path, resource)
    head = send(functions, caller, "HEAD", path, resource)
    assert (shown.status, head.status) == (200, 200)
    assert shown.json
    assert not head.json
    assert head.headers == shown.headers


@pytest.mark.parametrize("resource", METHODS)
@pytest.mark.parametrize("query", [[], [("limit", "0"), ("p", "x")]], ids=["plain", "wrong"])
def test_head_on_everything_is_answered_as_get_is(
    functions: dict[str, ModuleType],
    export_pipeline: ExportPipeline,
    pipeline: Pipeline,
    caller: Caller,
    resource: str,
    query: list[tuple[str, str]],
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event())
    for known in (event_id, export_pipeline.start(caller), "x"):
        path = re.sub("{.+?}", known, resource)
        for sender in (caller, None):
            get, head = (
                send(functions, sender, method, path, resource, query=query)
                for method in ("GET", "HEAD")
            )
            assert (head.status, head.headers) == (get.status, get.headers), path
            assert get.text
            assert not head.text


def test_an_id_is_found_in_any_case(pipeline: Pipeline, caller: Caller) -> None:
    """RFC 9562, section 4: UUIDs are read in either case."""
    [event_id] = pipeline.post_and_chain(caller, an_event())
    shown = pipeline.get(caller, f"/v1/events/{event_id.upper()}")
    assert (shown.status, shown.json["data"]["id"]) == (200, event_id)


def test_no_answer_may_be_stored_by_a_cache(
    functions: dict[str, ModuleType], pipeline: Pipeline, caller: Caller
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event())
    answers = [
        send(functions, None, "GET", "/v1/events"),
        send(functions, None, "GET", "/v1/health"),
        send(functions, caller, "GET", "/v1/events"),
        send(functions, caller, "GET", f"/v1/events/{event_id}", "/v1/events/{event_id}"),
        send(functions, caller, "GET", "/v1/events/x", "/v1/events/{event_id}"),
        pipeline.post_events(caller, an_event()),
        pipeline.post_events(caller),
    ]
    assert [each.status for each in answers] == [401, 200, 200, 200, 404, 202, 422]
    for answer in answers:
        assert answer.headers["cache-control"] == ["no-store"]


def test_a_used_up_quota_resets_at_the_beginning_of_the_next_month(pipeline: Pipeline) -> None:
    none_left = pipeline.new_caller(Policy(limits=Limits(events_per_month=0)))
    answer = pipeline.post_events(none_left, an_event())
    assert (answer.status, answer.json["error"]) == (429, "quota_exceeded")
    assert "retry-after" not in answer.headers
    assert answer.json["resets_at"].endswith("-01T00:00:00.000000Z")


def test_health_is_answered_without_a_key(functions: dict[str, ModuleType]) -> None:
    answer = send(functions, None, "GET", "/v1/health")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert json.dumps(answer.json) == '{"status": "ok"}'
