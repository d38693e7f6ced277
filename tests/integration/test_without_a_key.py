"""Without a valid key nothing is read, written or even parsed, on every route of the template."""

from __future__ import annotations

import base64
import gzip
import re
from types import ModuleType
from typing import Any

import pytest
from indelible.accounts.keys import WRITE
from indelible.aws.api_keys import revoke_key
from indelible.reading.event_page import ListPosition
from indelible.web import request
from indelible.web.cursor import write_cursor
from indelible.web.responses import METHODS
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from support.aws_faults import counting
from support.builders import an_event
from support.gateway import Headers, api_event, function_for
from support.handlers import load
from support.pipeline import Answer, Caller, Pipeline, answer_of, now

FUNCTIONS = {
    "ingest": "IngestFunction",
    "query": "QueryFunction",
    "exports": "ExportsFunction",
    "proofs": "ProofsFunction",
    "viewer": "ViewerFunction",
}
ROUTES = [
    (function, method, resource)
    for resource, methods in METHODS.items()
    for method in methods
    for function, name in FUNCTIONS.items()
    if name == function_for(method, resource)
]
HEALTH = "/v1/health"
PUBLIC = {
    "/v1/log-keys",
    "/v1/public/anchors/lookup",
    "/v1/public/anchors/{anchor_id}/verify",
}
"""What somebody checks who has no key. These routes read no chain, and no keys of callers."""

PAGE = {"/v1/viewer", "/v1/viewer/{file}", "/viewer", "/viewer/{file}"}
"""The page and its files. They show nothing: what the page shows, it gets with a token."""

WITH_KEY = [each for each in ROUTES if each[2] not in {HEALTH, *PUBLIC, *PAGE}]
UNAUTHENTICATED = {
    "error": "unauthenticated",
    "message": "Send a valid API key as `Authorization: Bearer imk_...`.",
}
BODY = base64.b64encode(gzip.compress(b" " * 5_000_000)).decode()

routes = pytest.mark.parametrize(("function", "method", "resource"), WITH_KEY)


@pytest.fixture
def functions(
    pipeline: Pipeline, export_pipeline: ExportPipeline, proof_pipeline: ProofPipeline
) -> dict[str, ModuleType]:
    """The functions behind the API, each with data of its own."""
    return {
        "ingest": pipeline.ingest,
        "query": pipeline.query,
        "exports": export_pipeline.exports,
        "proofs": proof_pipeline.proofs,
        "viewer": load("viewer"),
    }


def send(function: ModuleType, method: str, resource: str, headers: Headers) -> Answer:
    """Send a body that is neither small nor JSON to a route."""
    path = re.sub("{.+?}", "x", resource)
    sent = [("Content-Encoding", "gzip"), *headers]
    event = api_event(BODY, sent, path=path, method=method, received_at=now(), is_base64=True)
    return answer_of(function, event)


def bearer(key: str) -> Headers:
    return [("Authorization", f"Bearer {key}")]


def test_only_the_health_check_and_public_routes_and_download_links_need_no_key(
    functions: dict[str, ModuleType],
) -> None:
    """The function that answers health checks reads nothing for them."""
    without = [each for each in ROUTES if each not in WITH_KEY]
    health = [("query", "GET", HEALTH), ("query", "HEAD", HEALTH)]
    public = [("proofs", method, path) for path in PUBLIC for method in ("GET", "HEAD")]
    page = [("viewer", method, path) for path in PAGE for method in ("GET", "HEAD")]
    assert sorted(without) == sorted([*health, *public, *page])
    for function, method, resource in health:
        with counting(functions[function].table.client) as calls:
            assert send(functions[function], method, resource, []).status == 200
        assert calls == []


@routes
def test_every_key_that_is_not_valid_is_answered_like_none(
    functions: dict[str, ModuleType], pipeline: Pipeline, function: str, method: str, resource: str
) -> None:
    revoked, known = pipeline.new_caller(), pipeline.new_caller()
    revoke_key(pipeline.table, revoked.key[:20], now())
    last = "a" if known.key[-1] != "a" else "b"
    keys = ["imk_" + "x" * 48, revoked.key, known.key[:-1] + last, "hunter2"]
    none = send(functions[function], method, resource, [])
    assert none.status == 401
    assert none.json == (None if method == "HEAD" else UNAUTHENTICATED)
    assert none.headers["www-authenticate"] == ["Bearer"]
    for key in keys:
        assert send(functions[function], method, resource, bearer(key)) == none
    assert pipeline.take_messages() == []


@routes
def test_without_a_valid_key_no_body_is_decompressed_or_parsed(
    functions: dict[str, ModuleType],
    function: str,
    method: str,
    resource: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read(*_: object, **__: object) -> Any:
        pytest.fail("the body was read")

    for name in ("gunzip", "_decode"):
        monkeypatch.setattr(request, name, read)
    for headers in ([], bearer("imk_" + "x" * 48)):
        assert send(functions[function], method, resource, headers).status == 401


def test_without_a_signature_or_a_key_a_download_is_refused(
    export_pipeline: ExportPipeline,
) -> None:
    reader = export_pipeline.new_caller(events=1)
    export_id = export_pipeline.start(reader)
    export_pipeline.finish()
    path, part = f"/v1/exports/{export_id}/download", [("workspace", reader.workspace_id)]
    for caller, query, status in ((None, [], 401), (None, part, 403), (reader, part, 403)):
        answer = export_pipeline.send(caller, "GET", path, query=query)
        assert answer.status == status
        assert "location" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/{id}", "/v1/verify"])
def test_a_revoked_key_reads_nothing_from_the_next_request_on(
    pipeline: Pipeline, caller: Caller, path: str
) -> None:
    """Not even with a cursor that it was given before."""
    ids = pipeline.post_and_chain(caller, an_event(), an_event())
    path = path.format(id=ids[0])
    cursor = pipeline.get(caller, "/v1/events", limit=1).json["pagination"]["next_cursor"]
    assert pipeline.get(caller, path).status == 200
    revoke_key(pipeline.table, caller.key[:20], now())
    assert pipeline.get(caller, path).status == 401
    assert pipeline.get(caller, path, cursor=cursor).status == 401


def test_a_revoked_key_makes_and_shows_no_export_but_links_of_before_still_work(
    export_pipeline: ExportPipeline,
) -> None:
    reader = export_pipeline.new_caller(events=1)
    export_id = export_pipeline.start(reader)
    export_pipeline.finish()
    link = export_pipeline.get(reader, export_id).json["data"]["download_url"]
    revoke_key(export_pipeline.table, reader.key[:20], now())
    assert export_pipeline.post(reader, {}).status == 401
    assert export_pipeline.get(reader, export_id).status == 401
    assert export_pipeline.follow(link).status == 302


def test_a_cursor_signed_with_the_secret_opens_nothing_but_the_workspace_of_the_key(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Somebody who has the secret can sign a position in any chain."""
    other, writer = pipeline.new_caller(), pipeline.new_caller(scopes=[WRITE])
    ids = pipeline.post_and_chain(caller, *(an_event() for _ in range(3)))
    pipeline.post_and_chain(other, an_event())
    secret, position = pipeline.query.secret.key(), ListPosition(1, 3, 3, None)
    question = ["events", caller.workspace_id, {}]
    query = [("cursor", write_cursor(secret, question, position))]
    nobody = Caller(caller.workspace_id, "imk_" + "x" * 48)
    for key, status in ((caller, 200), (None, 401), (nobody, 401), (writer, 403), (other, 400)):
        answer = pipeline.send(
            None, caller=key, function=pipeline.query, method="GET", path="/v1/events", query=query
        )
        assert answer.status == status
        shown = [each["id"] for each in answer.json.get("data", [])]
        assert shown == (ids[::-1] if key is caller else [])
