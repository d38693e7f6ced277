"""The requests of the tools in docs/recipes.md: every event is chained once, with its values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.chain.fields import EVENT_FIELDS
from recipes.page import blocks, mapping, module
from recipes.relay import Collector
from recipes.sent import pack, recorded, stored
from support.pipeline import SINGLE, Answer, Caller, Pipeline, now

MAPPED = ("vector", "logstash", "fluent_bit")

INVOICE = {
    "actor_id": "4711",
    "actor_name": "Ann Ødegård",
    "action": "invoice.paid",
    "resource": "invoice",
    "resource_id": "inv_42",
    "ip_address": "203.0.113.7",
    "occurred_at": "2026-03-02T10:15:30.123456789Z",
    "metadata": {"amount": "129.90", "currency": "EUR", "lines": 3},
    "idempotency_key": "9c1f7a52-3b0e-4f6e-8d29-5b7c1e0a4d11",
}
BACKUP = {
    "actor_id": "svc-backup",
    "action": "backup.started",
    "occurred_at": "2026-03-02T10:15:31.000000Z",
    "idempotency_key": "0d3e4c7b-52f1-4b8e-9a06-c1f2a7d95e20",
}


def chained(pipeline: Pipeline, caller: Caller) -> list[dict[str, Any]]:
    """The clients' fields of each record."""
    pipeline.drain()
    records = pipeline.chain(caller.workspace_id)
    return [{name: each[name] for name in each if name in EVENT_FIELDS} for each in records]


def post_array(pipeline: Pipeline, caller: Caller, events: list[Any]) -> Answer:
    return pipeline.send(
        pack(json.dumps(events)),
        caller=caller,
        headers=[("Content-Encoding", "gzip")],
        is_base64=True,
    )


@pytest.mark.parametrize("tool", MAPPED)
def test_what_a_shipper_sends_is_chained_once_however_often_it_sends_it(
    pipeline: Pipeline, caller: Caller, tool: str
) -> None:
    sent = stored(tool)
    first, again = (
        pipeline.send(sent.packed, caller=caller, headers=sent.headers, is_base64=True)
        for _ in range(2)
    )
    assert (first.status, first.statuses) == (202, ["queued", "queued"])
    assert (again.statuses, again.ids) == (["duplicate", "duplicate"], first.ids)
    assert chained(pipeline, caller) == [INVOICE, BACKUP]
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


def test_a_chunk_of_fluent_bit_with_more_than_1000_records_is_refused_as_a_whole(
    pipeline: Pipeline, caller: Caller
) -> None:
    [event, _] = json.loads(stored("fluent_bit").body)
    answer = post_array(pipeline, caller, [event] * 1_001)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert "1 to 1000 events, not 1001" in answer.json["message"]
    assert pipeline.take_messages() == []


def test_cloud_events_are_chained_once_alone_and_in_an_array(
    pipeline: Pipeline, caller: Caller
) -> None:
    event_of = module("cloud_events", mapping("cloudevents")).event_of
    invoice, backup = recorded("cloudevents")
    first = post_array(pipeline, caller, [event_of(invoice), event_of(backup)])
    assert first.statuses == ["queued", "queued"]
    again = pipeline.post(caller, event_of(invoice), path=SINGLE)
    assert again.json == {"id": first.ids[0], "status": "duplicate"}
    paid, started = chained(pipeline, caller)
    key = paid.pop("idempotency_key")
    assert paid == {
        "actor_id": "4711",
        "actor_type": "app_user",
        "action": "com.example.invoice.paid",
        "resource_id": "inv_42",
        "occurred_at": "2026-03-02T10:15:30.123000Z",
        "metadata": invoice,
    }
    assert (started["actor_id"], started["metadata"]) == ("/backup/nightly", backup)
    assert len({key, started["idempotency_key"]}) == 2


# ---- the relay of the Collector ----------------------------------------------------------------


def error_in(answer: dict[str, Any]) -> object:
    """The code of the API's error, which the relay passes on."""
    return json.loads(answer["message"])["error"]


@pytest.fixture
def collector(pipeline: Pipeline, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Collector:
    events, relay = blocks("opentelemetry")[1:3]
    return Collector(pipeline, caller, events, relay, monkeypatch)


def test_log_records_are_chained_once_with_every_value(
    pipeline: Pipeline, caller: Caller, collector: Collector
) -> None:
    for _ in range(2):
        assert collector.export(recorded("otlp")) == ("200 OK", {}, None)
    paid, started = chained(pipeline, caller)
    resource = {"service.name": "billing", "service.instance.id": "i-7"}
    assert paid.pop("metadata") == {
        "resource": resource,
        "attributes": {
            "audit": True,
            "user.id": "4711",
            "user.name": "Ann Ødegård",
            "client.address": "203.0.113.7",
            "session.id": "ses_4tY8wPz",
            "log.record.uid": "01JNAYXV3C9R5Z7W2M8Q4T6K1B",
            "invoice.id": "inv_42",
            "invoice.lines": 3,
            "invoice.total": 129.9,
            "invoice.tags": ["paid", "eu"],
        },
        "body": "Ann paid invoice 42",
    }
    assert paid == {
        "actor_id": "4711",
        "actor_name": "Ann Ødegård",
        "action": "invoice.paid",
        "ip_address": "203.0.113.7",
        "session_id": "ses_4tY8wPz",
        "occurred_at": "2026-03-02T10:15:30.123456789Z",
        "idempotency_key": "01JNAYXV3C9R5Z7W2M8Q4T6K1B",
    }
    assert started["metadata"]["body"] == {"target": "s3", "size": 5_368_709_120}
    assert started["occurred_at"] == "2026-03-02T10:15:31.000000Z"
    assert len(started["idempotency_key"]) == 64


def test_the_relay_reports_invalid_events_as_a_partial_success(collector: Collector) -> None:
    request = recorded("otlp")
    request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][1]["attributes"] = []
    status, answer, _ = collector.export(request)
    assert (status, answer["partialSuccess"]["rejectedLogRecords"]) == ("200 OK", "1")
    assert "actor_id" in answer["partialSuccess"]["errorMessage"]


def test_the_relay_has_the_collector_drop_only_what_can_never_be_accepted(
    collector: Collector,
) -> None:
    request = recorded("otlp")
    for record in request["resourceLogs"][0]["scopeLogs"][0]["logRecords"]:
        record["attributes"] = []
    status, answer, _ = collector.export(request)
    assert (status, error_in(answer)) == ("400 Bad Request", "validation_failed")


def test_the_relay_has_the_collector_send_again_with_another_key(collector: Collector) -> None:
    collector.key = "imk_revoked"
    status, answer, _ = collector.export(recorded("otlp"))
    assert (status, error_in(answer)) == ("503 Service Unavailable", "unauthenticated")


def test_the_relay_has_the_collector_send_again_what_failed(collector: Collector) -> None:
    receipts = [{"id": None, "status": "invalid", "errors": []}, {"id": "1", "status": "failed"}]
    assert collector.relay.judged(receipts)[0] == 503


def test_the_relay_passes_on_how_long_to_wait(
    pipeline: Pipeline, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_minute = now()
    monkeypatch.setattr("support.pipeline.now", lambda: in_one_minute)
    limited = pipeline.new_caller(Policy(limits=Limits(requests_per_minute=1)))
    collector.key = limited.key
    assert collector.export(recorded("otlp"))[0] == "200 OK"
    status, answer, wait = collector.export(recorded("otlp"))
    assert (status, error_in(answer)) == ("429 Too Many Requests", "rate_limited")
    assert wait is not None
    assert 1 <= int(wait) <= 60


def test_the_relay_has_the_collector_send_again_when_nobody_answers(collector: Collector) -> None:
    collector.reachable = False
    assert collector.export(recorded("otlp"))[0] == "503 Service Unavailable"
