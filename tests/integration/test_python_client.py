"""The Python client against the real handlers: what it sends is understood, and the other way."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from indelible.accounts.keys import READ
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible_client import (
    AlreadyFinished,
    Client,
    Forbidden,
    IdempotencyConflict,
    Invalid,
    InvalidCursor,
    NotFound,
    NotReady,
    QuotaExceeded,
    Timeout,
    Unauthenticated,
)
from integration.export_pipeline import ExportPipeline
from support.gateway import function_for
from support.pipeline import Caller, Pipeline

BASE_URL = "https://audit.example.com"
NOBODYS = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"


class Service(httpx.BaseTransport):
    """API Gateway and S3 in process. It can lose answers after they took effect."""

    def __init__(self, pipeline: Pipeline, exports: ExportPipeline) -> None:
        self.pipeline = pipeline
        self.exports = exports
        self.lost_answers = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        if request.url.host != "audit.example.com":
            return self._file(request)
        function = {
            "IngestFunction": self.pipeline.ingest,
            "QueryFunction": self.pipeline.query,
            "ExportsFunction": self.exports.exports,
        }
        path = request.url.path.removeprefix("/api")
        is_binary = "Content-Encoding" in request.headers
        answer = self.pipeline.send(
            b64encode(content).decode() if is_binary else content.decode() or None,
            headers=[(k, v) for k, v in request.headers.items() if k != "content-type"]
            + [("Content-Type", request.headers.get("Content-Type", "application/json"))],
            function=function[function_for(request.method, resource(path))],
            method=request.method,
            path=path,
            query=parse_qsl(request.url.query.decode(), keep_blank_values=True),
            is_base64=is_binary,
        )
        if self.lost_answers:
            self.lost_answers -= 1
            raise httpx.ReadTimeout("lost", request=request)
        headers = [(name, each) for name, values in answer.headers.items() for each in values]
        return httpx.Response(answer.status, headers=headers, json=answer.json)

    def _file(self, request: httpx.Request) -> httpx.Response:
        assert "Authorization" not in request.headers
        key = urlsplit(str(request.url)).path.removeprefix("/")
        key = key.removeprefix(f"{self.exports.bucket}/")
        stored = self.exports.s3.get_object(Bucket=self.exports.bucket, Key=key)
        return httpx.Response(200, content=stored["Body"].read())


def resource(path: str) -> str:
    """The resource of a path in template.yaml."""
    parts = path.split("/")
    if parts[2] == "exports" and len(parts) > 3:
        parts[3] = "{export_id}"
    if parts[2] == "events" and len(parts) > 3 and parts[3] != "batch":
        parts[3] = "{event_id}"
    return "/".join(parts)


@pytest.fixture
def service(pipeline: Pipeline, export_pipeline: ExportPipeline) -> Service:
    return Service(pipeline, export_pipeline)


def client_of(service: Service, caller: Caller) -> Client:
    http = httpx.Client(transport=service)
    return Client(caller.key, BASE_URL, http=http, sleep=lambda _: None)


@pytest.fixture
def client(service: Service, caller: Caller) -> Client:
    return client_of(service, caller)


def an_event(number: int, **fields: Any) -> Any:
    return {"actor_id": f"user_{number}", "action": "document.created", **fields}


def test_an_event_is_recorded_and_read_back(service: Service, client: Client) -> None:
    event = client.actor("user_1", name="Zoë").tenant("org_1").target("team", "team_5")
    receipt = event.track("document.shared", {"type": "document", "id": "d1"}, {"plan": "pro"})
    assert receipt["status"] == "queued"
    service.pipeline.drain()
    assert receipt["id"] is not None
    found = client.get_event(receipt["id"], proof=True)["data"]
    assert found["actor"] == {"id": "user_1", "name": "Zoë", "type": None}
    assert found["resource"] == {"type": "document", "id": "d1", "name": None}
    assert found["metadata"] == {"plan": "pro"}
    assert found["proof"] is not None
    assert found["proof"]["sequence"] == 1


@pytest.mark.parametrize("count", [1, 100, 101, 1000])
def test_a_batch_of_each_form_keeps_its_order(service: Service, client: Client, count: int) -> None:
    answer = client.track_batch([an_event(number) for number in range(count)])
    assert [each["status"] for each in answer["events"]] == ["queued"] * count
    service.pipeline.drain()
    listed = list(client.iterate_events(order="asc", limit=100))
    assert [each["id"] for each in listed] == [each["id"] for each in answer["events"]]
    assert [each["actor"]["id"] for each in listed] == [f"user_{n}" for n in range(count)]


def test_lines_are_recorded(service: Service, client: Client) -> None:
    lines = '{"actor_id": "a", "action": "b.c"}\n{"actor_id": "d", "action": "e.f"}\n'
    answer = client.track_lines(lines * 40)
    assert [each["status"] for each in answer["events"]] == ["queued"] * 80


def test_an_event_whose_answer_was_lost_is_in_the_chain_once(
    service: Service, client: Client, caller: Caller
) -> None:
    service.lost_answers = 2
    receipt = client.track(an_event(1))
    assert receipt["status"] == "duplicate"
    service.pipeline.drain()
    assert service.pipeline.chained_ids(caller.workspace_id) == [receipt["id"]]


def test_an_error_has_the_key_under_which_the_caller_can_repeat_the_event(
    service: Service, client: Client, caller: Caller
) -> None:
    service.lost_answers = 1
    once = Client(caller.key, BASE_URL, retry_for=0, http=httpx.Client(transport=service))
    with pytest.raises(Timeout) as caught:
        once.track(an_event(1))
    receipt = client.track(an_event(1, idempotency_key=caught.value.idempotency_key))
    assert receipt["status"] == "duplicate"
    service.pipeline.drain()
    assert service.pipeline.chained_ids(caller.workspace_id) == [receipt["id"]]


def test_a_batch_whose_answer_was_lost_is_in_the_chain_once_and_keeps_its_receipts(
    service: Service, client: Client, caller: Caller
) -> None:
    service.lost_answers = 2
    answer = client.track_batch([an_event(number) for number in range(50)])
    assert {each["status"] for each in answer["events"]} == {"queued"}
    service.pipeline.drain()
    ids = [each["id"] for each in answer["events"]]
    assert service.pipeline.chained_ids(caller.workspace_id) == ids


def test_the_same_batch_under_the_same_key_has_the_same_receipts(client: Client) -> None:
    events = [an_event(1), an_event(2)]
    first = client.track_batch(events, idempotency_key="import-1")
    assert client.track_batch(events, idempotency_key="import-1") == first
    with pytest.raises(IdempotencyConflict):
        client.track_batch([an_event(3)], idempotency_key="import-1")


def test_an_invalid_event_is_an_error_alone_and_a_receipt_among_others(client: Client) -> None:
    with pytest.raises(Invalid) as caught:
        client.track(an_event(1, colour="red"))
    [error] = caught.value.events[0]["errors"]
    assert error["field"] == "colour"
    answer = client.track_batch([an_event(1), an_event(2, colour="red")])
    assert [each["status"] for each in answer["events"]] == ["queued", "invalid"]


def test_each_filter_is_understood(service: Service, client: Client) -> None:
    wanted = an_event(
        1,
        actor_type="user",
        action="login.failed",
        action_category="access",
        resource="account",
        resource_id="acc_1",
        tenant_id="org_1",
        session_id="ses_1",
        ip_address="203.0.113.7",
        targets=[{"type": "team", "id": "team_1"}],
        metadata={"owner": {"id": "ann"}, "seats": 12, "vip": True, "reason": None},
        occurred_at="2026-03-02T10:15:30Z",
    )
    client.track_batch([wanted, an_event(2)])
    service.pipeline.drain()
    filters: list[dict[str, Any]] = [
        {"actor_id": "user_1"},
        {"actor_type": "user"},
        {"action": ["login.failed", "login.blocked"]},
        {"action": "login.*"},
        {"action_category": "access"},
        {"resource": "account", "resource_id": "acc_1", "object_id": "team_1"},
        {"tenant_id": "org_1", "session_id": "ses_1"},
        {"ip_address": "203.0.113.7"},
        {"target_type": "team", "target_id": "team_1"},
        {"search": "LOGIN"},
        {"metadata": {"owner.id": "ann", "seats": 12, "vip": True, "reason": None}},
        {"occurred_from": "2026-03-02", "occurred_to": "2026-03-02"},
    ]
    for each in filters:
        found = client.get_events(**each)["data"]
        assert [event["actor"]["id"] for event in found] == ["user_1"], each
    assert client.get_events(from_date="2020-01-01", to_date="2020-01-02")["data"] == []


def test_the_chain_is_verified_in_parts(service: Service, client: Client) -> None:
    for number in range(3):
        client.track_batch([an_event(number)] * 10)
        service.pipeline.drain()
    parts = [each["data"] for each in client.verify_parts(limit=10)]
    assert all(each["valid"] for each in parts)
    assert sum(each["events_checked"] for each in parts) == 30
    assert len(parts) > 1


def test_an_export_is_made_listed_and_downloaded(service: Service, tmp_path: Path) -> None:
    client = client_of(service, service.exports.new_caller(events=10))
    export_id = client.create_export(format="csv", bom=False, actor_id="user_2hG9kLm")["id"]
    with pytest.raises(NotReady) as caught:
        client.download_export(export_id, tmp_path / "events.csv")
    assert caught.value.retry_after is not None
    service.exports.finish()
    export = client.get_export(export_id)["data"]
    assert (export["status"], export["total_rows"]) == ("completed", 10)
    size = client.download_export(export_id, tmp_path / "events.csv")
    assert size == export["file_size"]
    rows = list(csv.DictReader(io.StringIO((tmp_path / "events.csv").read_text())))
    assert len(rows) == 10
    with pytest.raises(AlreadyFinished):
        client.cancel_export(export_id)
    other = client.create_export()["id"]
    assert client.cancel_export(other)["data"]["error_message"] == "cancelled"
    assert [each["id"] for each in client.iterate_exports(limit=1)] == [other, export_id]


def test_refusals_have_their_errors(service: Service, client: Client) -> None:
    with pytest.raises(Unauthenticated):
        client_of(service, Caller("nobody", "imk_unknown")).get_events()
    reader = client_of(service, service.pipeline.new_caller(scopes=[READ]))
    with pytest.raises(Forbidden):
        reader.track(an_event(1))
    with pytest.raises(NotFound):
        client.get_event(NOBODYS)
    with pytest.raises(InvalidCursor):
        client.get_events(cursor="another")
    limited = client_of(
        service, service.pipeline.new_caller(Policy(limits=Limits(events_per_month=1)))
    )
    with pytest.raises(QuotaExceeded) as caught:
        limited.track_batch([an_event(1), an_event(2)])
    assert caught.value.resets_at is not None


def test_health_needs_no_valid_key(service: Service) -> None:
    assert client_of(service, Caller("nobody", "imk_unknown")).health() == {"status": "ok"}
