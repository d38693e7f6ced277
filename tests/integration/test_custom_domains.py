"""A custom domain with any base path: the same routes, and links that have the base path."""

from __future__ import annotations

from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from indelible.web.responses import METHODS
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from integration.two_tenants import viewer
from support.builders import an_event
from support.gateway import api_event, function_for
from support.handlers import ROOT, LambdaContext
from support.pipeline import Answer, Caller, Pipeline, answer_of, now

BASE_PATHS = [None, "", "/audit", "/a/b", "/api", "/v1", "/v1/events", "/api/v1/exports"]
"""None is the default endpoint, empty is a custom domain without a base path. If a domain is mapped
to the API without a stage, the stage is the end of what is its base path here."""

FUNCTIONS = {
    "ingest": "IngestFunction",
    "query": "QueryFunction",
    "exports": "ExportsFunction",
    "proofs": "ProofsFunction",
    "viewer": "ViewerFunction",
}


def send(
    function: ModuleType, caller: Caller | None, method: str, path: str, **request: Any
) -> Answer:
    headers = [("Authorization", f"Bearer {caller.key}")] if caller else []
    body = request.pop("body", None)
    event = api_event(body, headers, path=path, method=method, received_at=now(), **request)
    return answer_of(function, event)


def public(base_path: str | None, path: str) -> str:
    """The path that the client requested."""
    return f"{'/api' if base_path is None else base_path}{path}"


@pytest.mark.parametrize("base_path", BASE_PATHS)
def test_events_are_posted_and_read_behind_any_base_path(
    pipeline: Pipeline, caller: Caller, base_path: str | None
) -> None:
    body = '{"events": [{"actor_id": "user_2hG9kLm", "action": "document.created"}]}'
    posted = send(
        pipeline.ingest, caller, "POST", "/v1/events/batch", body=body, base_path=base_path
    )
    assert (posted.status, posted.statuses) == (202, ["queued"])
    one = '{"actor_id": "user_2hG9kLm", "action": "document.shared"}'
    single = send(pipeline.ingest, caller, "POST", "/v1/events", body=one, base_path=base_path)
    assert single.status == 202
    pipeline.drain()
    [event_id] = posted.ids

    def get(path: str, *query: tuple[str, str]) -> Answer:
        return send(pipeline.query, caller, "GET", path, query=query, base_path=base_path)

    assert get(f"/v1/events/{event_id}").json["data"]["id"] == event_id
    assert get("/v1/verify").json["data"]["events_checked"] == 2
    page = get("/v1/events", ("limit", "1")).json
    cursor = page["pagination"]["next_cursor"]
    following = get("/v1/events", ("limit", "1"), ("cursor", cursor)).json
    listed = [each["id"] for each in page["data"] + following["data"]]
    assert listed == [single.json["id"], event_id]


@pytest.mark.parametrize("base_path", BASE_PATHS)
def test_a_download_link_has_the_base_path_of_the_request_for_it(
    export_pipeline: ExportPipeline, base_path: str | None
) -> None:
    reader = export_pipeline.new_caller(events=3)
    exports = export_pipeline.exports
    started = send(exports, reader, "POST", "/v1/exports", base_path=base_path)
    export_id = started.json["data"]["id"]
    export_pipeline.finish()
    path = f"/v1/exports/{export_id}"
    shown = send(exports, reader, "GET", path, base_path=base_path).json["data"]
    link = urlsplit(shown["download_url"])
    assert (link.scheme, link.netloc) == ("https", "audit.example.com")
    assert link.path == public(base_path, f"{path}/download")
    query = parse_qsl(link.query)
    answer = send(exports, None, "GET", f"{path}/download", query=query, base_path=base_path)
    assert answer.status == 302


def test_a_link_works_at_every_address_of_the_api(export_pipeline: ExportPipeline) -> None:
    """A signature does not cover the address, so links outlive a change of the domain."""
    reader = export_pipeline.new_caller(events=3)
    export_id = export_pipeline.start(reader)
    export_pipeline.finish()
    link = export_pipeline.get(reader, export_id).json["data"]["download_url"]
    path, query = f"/v1/exports/{export_id}/download", parse_qsl(urlsplit(link).query)
    for base_path in BASE_PATHS:
        answer = send(export_pipeline.exports, None, "GET", path, query=query, base_path=base_path)
        assert answer.status == 302


@pytest.mark.parametrize(
    "export_id",
    [
        "{id}/download",
        "{id}%2Fdownload",
        "{id}%2fdownload",
        "../events",
        "{export_id}",
        "<export_id>",
    ],
)
def test_the_gateway_alone_decides_which_route_a_request_reaches(
    export_pipeline: ExportPipeline, export_id: str
) -> None:
    """A parameter that looks like another route stays a parameter, encoded or not."""
    reader = export_pipeline.new_caller(events=3)
    known = export_pipeline.start(reader)
    event = api_event(
        None,
        [("Authorization", f"Bearer {reader.key}")],
        path="/v1/exports/x",
        method="GET",
        received_at=now(),
    )
    hostile = export_id.replace("{id}", known)
    event["pathParameters"] = {"export_id": hostile}
    event["path"] = f"/v1/exports/{hostile}"
    event["requestContext"]["path"] = f"/api/v1/exports/{hostile}"
    answer = answer_of(export_pipeline.exports, event)
    assert (answer.status, answer.json["error"]) == (404, "not_found")
    assert answer.json["message"] == "The workspace has no export with this id."


@pytest.mark.parametrize(
    "path",
    ["/v1/verify", "/v1/events/x/v1/verify", "/audit/v1/verify", "/v1/events/batch", "//v1/verify"],
)
def test_a_path_that_looks_like_a_route_behind_a_prefix_reaches_no_route(
    pipeline: Pipeline, caller: Caller, path: str
) -> None:
    """The client chooses the path. API Gateway chooses the resource."""
    event = api_event(
        None,
        [("Authorization", f"Bearer {caller.key}")],
        path="/v1/elsewhere",
        method="GET",
        received_at=now(),
    )
    event["path"] = path
    event["requestContext"]["path"] = f"/api{path}"
    answer = answer_of(pipeline.query, event)
    assert (answer.status, answer.json["error"]) == (404, "not_found")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_handler_for_each_of_its_routes_and_no_other(
    pipeline: Pipeline,
    export_pipeline: ExportPipeline,
    proof_pipeline: ProofPipeline,
    function: str,
) -> None:
    """Resources in template.yaml are compared with the routes of the code, letter by letter."""
    others = {
        "exports": export_pipeline.exports,
        "proofs": proof_pipeline.proofs,
        "viewer": viewer(),
    }
    module = others.get(function) or getattr(pipeline, function)
    for resource, methods in METHODS.items():
        for method in {*methods} - {"HEAD"}:
            event = api_event("{}", [], path="/x", method=method, received_at=now())
            event["resource"] = event["requestContext"]["resourcePath"] = resource
            event["pathParameters"] = {"anchor_id": "x", "event_id": "x", "export_id": "x"}
            event["pathParameters"]["file"] = "embed.js"
            body = module.handler(event, LambdaContext())["body"]
            is_own = function_for(method, resource) == FUNCTIONS[function]
            assert ("There is nothing at this path" not in body) == is_own, (method, resource)


def test_no_message_of_ours_names_a_base_path() -> None:
    """A custom domain may have any, so such a message would be wrong."""
    sources = sorted((ROOT / "layers" / "common" / "indelible").rglob("*.py"))
    assert len(sources) > 100
    assert [each.name for each in sources if "/api/v1" in each.read_text()] == []


def test_what_was_posted_through_one_address_is_read_through_another(
    pipeline: Pipeline, caller: Caller
) -> None:
    posted = pipeline.post_events(caller, an_event())
    pipeline.drain()
    read = send(pipeline.query, caller, "GET", f"/v1/events/{posted.ids[0]}", base_path="/audit")
    assert read.status == 200
