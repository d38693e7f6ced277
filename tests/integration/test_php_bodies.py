r"""Bodies as PHP's json_encode writes them: `[]` for empty objects, `\/` and `\u` escapes, floats.

They are texts, since no library of Python writes them so.
"""

from __future__ import annotations

import pytest
from integration.whole_way import LINES
from real_world.comparing import differences, of_record, of_shown
from support.pipeline import BATCH, SINGLE, Caller, Pipeline

ORDER = (
    r'{"actor_id":42,"actor_name":"Zo\u00eb \ud83e\udd86","action":"order.paid",'
    r'"resource":"App\\Models\\Order","resource_id":9007199254740993,"tenant_id":7,'
    r'"session_id":0,"targets":[{"type":"coupon","id":-1,"metadata":[]},{"type":"user","id":8}],'
    r'"occurred_at":"2026-03-02T10:15:30.123456+01:00","version":3,"ip_address":"203.0.113.7",'
    r'"metadata":{"url":"https:\/\/shop.example.com\/orders\/1","total":0.1,"fee":10,'
    r'"big":1.0e+25,"small":-1.5e-7,"seventeen":0.10000000000000001,"tags":[],'
    r'"lines":{"1":{"sku":"a"},"3":{"sku":"b"}},"html":"\u003Cb\u003E\u0026\u0022\u0027"}}'
)
KEPT = {
    "actor_id": "42",
    "actor_name": "Zoë 🦆",
    "action": "order.paid",
    "resource": "App\\Models\\Order",
    "resource_id": "9007199254740993",
    "tenant_id": "7",
    "session_id": "0",
    "targets": [{"type": "coupon", "id": "-1", "metadata": {}}, {"type": "user", "id": "8"}],
    "occurred_at": "2026-03-02T09:15:30.123456Z",
    "version": 3,
    "ip_address": "203.0.113.7",
    "metadata": {
        "url": "https://shop.example.com/orders/1",
        "total": 0.1,
        "fee": 10,
        "big": 1e25,
        "small": -1.5e-7,
        "seventeen": 0.1,
        "tags": [],
        "lines": {"1": {"sku": "a"}, "3": {"sku": "b"}},
        "html": "<b>&\"'",
    },
}
EMPTY = '{"actor_id":"u","action":"a","metadata":[],"targets":[]}'
FORMS = {
    "object": (BATCH, f'{{"events":[{ORDER},{EMPTY}]}}', []),
    "array": (BATCH, f"[{ORDER},{EMPTY}]", []),
    "lines": (BATCH, f"{ORDER}\n{EMPTY}\n", LINES),
}


def check_kept(pipeline: Pipeline, caller: Caller) -> None:
    """Compare the first event of the chain, as stored and as shown, with what PHP had."""
    pipeline.drain()
    first = pipeline.chain(caller.workspace_id)[0]
    shown = pipeline.get(caller, f"/v1/events/{first['id']}").json["data"]
    assert differences(KEPT, of_record(first)) == []
    assert differences(KEPT, of_shown(shown)) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_of_php_is_kept_as_php_meant_it(
    pipeline: Pipeline, caller: Caller, form: str
) -> None:
    path, body, headers = FORMS[form]
    answer = pipeline.send(body, caller=caller, path=path, headers=headers)
    assert (answer.status, answer.statuses) == (202, ["queued", "queued"])
    check_kept(pipeline, caller)
    assert pipeline.chain(caller.workspace_id)[1]["metadata"] == {}


def test_an_event_of_php_is_kept_as_php_meant_it(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send(ORDER, caller=caller, path=SINGLE)
    assert (answer.status, answer.json["status"]) == (202, "queued")
    check_kept(pipeline, caller)


def test_other_escapes_and_the_same_values_are_the_same_content(
    pipeline: Pipeline, caller: Caller
) -> None:
    """JSON_UNESCAPED_SLASHES or another serialize_precision must not make a retry a conflict."""
    texts = [
        r'{"actor_id":42,"action":"a","metadata":{"u":"a\/b \u00eb","n":0.1},'
        '"idempotency_key":"k"}',
        '{"actor_id":"42","action":"a","metadata":{"u":"a/b ë","n":0.10000000000000001},'
        '"idempotency_key":"k"}',
    ]
    first, again = (pipeline.send(each, caller=caller, path=SINGLE) for each in texts)
    assert (first.status, again.status) == (202, 202)
    assert again.json == {"id": first.json["id"], "status": "duplicate"}


REQUIRED = {"field": "actor_id", "message": "is required; add a string that is not empty"}
REFUSED: list[tuple[str, str, str]] = [
    ('{"actor_id":true,"action":"a"}', "actor_id", "must be a string or an integer"),
    ('{"actor_id":42.0,"action":"a"}', "actor_id", "must be a string or an integer"),
    ('{"actor_id":1.0e+25,"action":"a"}', "actor_id", "must be a string or an integer"),
    ('{"actor_id":1,"action":"a","tenant_id":false}', "tenant_id", "or an integer"),
    ('{"actor_id":1,"action":"a","session_id":[]}', "session_id", "must be a string"),
    ('{"actor_id":1,"action":"a","ip_address":false}', "ip_address", "must be a string"),
    ('{"actor_id":1,"action":"a","idempotency_key":42}', "idempotency_key", "in quotes"),
    ('{"actor_id":1,"action":"a","version":false}', "version", "must be an integer"),
    ('{"actor_id":1,"action":"a","metadata":["x"]}', "metadata", "name the values of the array"),
    ('{"actor_id":1,"action":"a","targets":[{"type":"t","id":true}]}', "targets.0.id", "quotes"),
    ('{"actor_id":1,"action":"a","targets":[[]]}', "targets.0.type", "is required"),
    ('{"actor_id":1,"action":"a","targets":{"1":{"type":"t"}}}', "targets", "must be an array"),
    ('{"actor_id":1,"action":"a","occurred_at":{"date":"2026-03-02 10:15:30.000000",'
     '"timezone_type":3,"timezone":"UTC"}}', "occurred_at", "send ISO 8601 text"),
    ('{"actor_id":1,"action":"a","occurred_at":"2026-03-02 10:15:30"}', "occurred_at", "add Z"),
    ("[]", "actor_id", "is required"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "field", "words"), REFUSED, ids=[e[:60] for e, *_ in REFUSED])
def test_what_php_developers_often_get_wrong_is_refused_with_words(
    pipeline: Pipeline, caller: Caller, event: str, field: str, words: str
) -> None:
    alone = pipeline.send(event, caller=caller, path=SINGLE)
    among = pipeline.send(f'{{"events":[{event},{EMPTY}]}}', caller=caller)
    assert (alone.status, among.status) == (422, 202)
    assert among.statuses == ["invalid", "queued"]
    for receipt in (alone.json["events"][0], among.receipts[0]):
        error = receipt["errors"][0]
        assert error["field"] == field
        assert words in error["message"]


def test_an_empty_body_of_php_lacks_its_fields_or_its_events(
    pipeline: Pipeline, caller: Caller
) -> None:
    alone = pipeline.send("[]", caller=caller, path=SINGLE)
    assert alone.status == 422
    assert alone.json["events"][0]["errors"][0] == REQUIRED
    none = pipeline.send("[]", caller=caller, path=BATCH)
    assert (none.status, none.json["error"]) == (422, "validation_failed")
    assert "must hold 1 to 1000 events, not 0" in none.json["message"]
    gaps = f'{{"events":{{"0":{EMPTY},"2":{EMPTY}}}}}'  # of array_filter without array_values
    refused = pipeline.send(gaps, caller=caller)
    assert (refused.status, refused.json["error"]) == (422, "validation_failed")
    assert refused.json["message"] == "`events` must be an array of 1 to 100 events."
