"""Arrays, lines and the header Idempotency-Key at the handler: answers, calls to AWS, records."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from support.aws_faults import counting
from support.builders import an_event
from support.contract import validator
from support.pipeline import BATCH, SINGLE, Caller, Pipeline, clients_of

LINES = [("Content-Type", "application/x-ndjson")]
KEY = ("Idempotency-Key", "7c1f2a90-order-42")
RECEIPTS = validator("/components/schemas/BatchReceipts")
INVALID = validator("/components/schemas/Error")
MOST_ANSWERED = 6 * 1024 * 1024


def lines(*events: object) -> str:
    return "".join(json.dumps(each) + "\n" for each in events)


def test_an_array_and_lines_are_answered_and_chained_like_a_batch(
    pipeline: Pipeline, caller: Caller
) -> None:
    events = [an_event(resource_id=f"doc_{number}") for number in range(3)]
    array = pipeline.post(caller, events)
    in_lines = pipeline.send(lines(*events), caller=caller, headers=LINES)
    for answer in (array, in_lines):
        assert (answer.status, answer.statuses) == (202, ["queued"] * 3)
        RECEIPTS.validate(answer.json)
    pipeline.drain()
    chained = pipeline.chain(caller.workspace_id)
    assert [each["id"] for each in chained] == [*array.ids, *in_lines.ids]
    assert [each["resource_id"] for each in chained] == ["doc_0", "doc_1", "doc_2"] * 2


def test_lines_of_a_shipper_are_read_gzipped_in_members_with_a_mark_and_windows_ends(
    pipeline: Pipeline, caller: Caller
) -> None:
    first, second = (json.dumps(an_event(action=action)) for action in ("a.b", "c.d"))
    plain = [f"\ufeff{first}\r\n".encode(), f"\r\n{second}\r\n".encode()]
    body = base64.b64encode(b"".join(map(gzip.compress, plain))).decode()
    headers = [*LINES, ("Content-Encoding", "x-gzip")]
    answer = pipeline.send(body, caller=caller, headers=headers, is_base64=True)
    assert answer.statuses == ["queued", "queued"]


def test_a_bad_line_is_invalid_with_its_number_and_the_others_are_queued(
    pipeline: Pipeline, caller: Caller
) -> None:
    body = lines(an_event()) + "\n{oops\n" + lines(an_event())
    answer = pipeline.send(body, caller=caller, headers=LINES)
    RECEIPTS.validate(answer.json)
    assert answer.statuses == ["queued", "invalid", "queued"]
    message = (
        "line 3 is not JSON at column 2: a name in double quotes is expected here, or no comma"
        " before the end of the object."
    )
    assert answer.receipts[1]["errors"] == [{"field": "", "message": message}]


def test_only_bad_lines_are_a_failed_validation(pipeline: Pipeline, caller: Caller) -> None:
    answer = pipeline.send("oops\n" * 1_000, caller=caller, headers=LINES)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    INVALID.validate(answer.json)
    assert len(answer.json["events"]) == 1_000


@pytest.mark.parametrize("n", [100, 1_000])
def test_an_array_of_up_to_1000_events_costs_three_calls(
    pipeline: Pipeline, caller: Caller, n: int
) -> None:
    with counting(*clients_of(pipeline.ingest)) as calls:
        answer = pipeline.post(caller, [an_event()] * n)
    assert answer.statuses == ["queued"] * n
    assert calls == ["GetItem", "UpdateItem", "SendMessage"]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == answer.ids


def test_1000_events_with_keys_are_looked_up_100_and_claimed_25_a_call(
    pipeline: Pipeline, caller: Caller
) -> None:
    events = [an_event(idempotency_key=f"key-{number}") for number in range(1_000)]
    with counting(*clients_of(pipeline.ingest)) as calls:
        first = pipeline.post(caller, events)
    assert first.statuses == ["queued"] * 1_000
    assert [calls.count(each) for each in ("BatchGetItem", "BatchExecuteStatement")] == [10, 40]
    assert len(calls) == 3 + 10 + 40
    with counting(*clients_of(pipeline.ingest)) as calls:
        again = pipeline.post(caller, events)
    assert (again.ids, again.statuses) == (first.ids, ["duplicate"] * 1_000)
    assert len(calls) == 3 + 10


def test_the_answer_to_1000_events_with_the_longest_errors_fits_into_lambdas_six_megabytes(
    pipeline: Pipeline, caller: Caller
) -> None:
    bad = {"actor_id": "u", "action": "a", "metadata": {'"\u0001' * 150: [2**70] * 25}}
    answer = pipeline.post(caller, [bad] * 1_000)
    assert answer.status == 422
    assert len(json.dumps(json.dumps(answer.json))) < MOST_ANSWERED


def test_a_request_with_the_header_costs_five_calls_and_four_when_it_is_repeated(
    pipeline: Pipeline, caller: Caller
) -> None:
    body = json.dumps({"events": [an_event()] * 100})
    with counting(*clients_of(pipeline.ingest)) as calls:
        first = pipeline.send(body, caller=caller, headers=[KEY])
    assert calls == [
        "GetItem",
        "BatchGetItem",
        "UpdateItem",
        "BatchExecuteStatement",
        "SendMessage",
    ]
    with counting(*clients_of(pipeline.ingest)) as calls:
        again = pipeline.send(body, caller=caller, headers=[KEY])
    assert calls == ["GetItem", "BatchGetItem", "UpdateItem", "SendMessage"]
    assert (again.status, again.json) == (202, first.json)
    assert first.statuses == ["queued"] * 100
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


def test_keys_of_events_and_of_the_request_cost_no_more_calls_than_those_of_the_events(
    pipeline: Pipeline, caller: Caller
) -> None:
    events = [an_event(idempotency_key=f"key-{number}") for number in range(24)]
    body = json.dumps({"events": events})
    with counting(*clients_of(pipeline.ingest)) as calls:
        first = pipeline.send(body, caller=caller, headers=[KEY])
    assert len(calls) == 5
    again = pipeline.send(body, caller=caller, headers=[KEY])
    assert again.json == first.json
    assert first.statuses == ["queued"] * 24


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_the_header_is_the_key_of_one_event(pipeline: Pipeline, caller: Caller, name: str) -> None:
    body = json.dumps({"actor_id": "u", "action": "order.paid"})
    headers = [(name, "7c1f2a90-order-42")]
    with counting(*clients_of(pipeline.ingest)) as calls:
        first, second = (
            pipeline.send(body, caller=caller, headers=headers, path=SINGLE) for _ in range(2)
        )
    assert len(calls) == 5 + 4
    assert (first.status, first.json["status"]) == (202, "queued")
    assert second.json == {"id": first.json["id"], "status": "duplicate"}
    in_batch = pipeline.post_events(
        caller, {"actor_id": "u", "action": "order.paid", "idempotency_key": headers[0][1]}
    )
    assert in_batch.receipts == [second.json]
    pipeline.drain()
    [record] = pipeline.chain(caller.workspace_id)
    assert record["idempotency_key"] == "7c1f2a90-order-42"


def test_another_event_under_the_header_is_a_conflict(pipeline: Pipeline, caller: Caller) -> None:
    for action, status in (("order.paid", 202), ("order.refunded", 422)):
        body = json.dumps(an_event(action=action))
        answer = pipeline.send(body, caller=caller, headers=[KEY], path=SINGLE)
        assert answer.status == status
    assert answer.json["error"] == "idempotency_conflict"


def test_a_header_that_differs_from_the_key_of_the_event_is_refused(
    pipeline: Pipeline, caller: Caller
) -> None:
    same, other = (json.dumps(an_event(idempotency_key=key)) for key in (KEY[1], "other"))
    assert pipeline.send(same, caller=caller, headers=[KEY], path=SINGLE).status == 202
    answer = pipeline.send(other, caller=caller, headers=[KEY], path=SINGLE)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert "differ" in answer.json["message"]


def test_another_body_under_the_header_is_a_conflict_and_nothing_is_queued(
    pipeline: Pipeline, caller: Caller
) -> None:
    first = pipeline.send(json.dumps([an_event()]), caller=caller, headers=[KEY])
    for body, headers in (
        (json.dumps([an_event(), an_event()]), []),
        (json.dumps([an_event()]) + " ", []),
        (lines(an_event()), LINES),
    ):
        answer = pipeline.send(body, caller=caller, headers=[KEY, *headers])
        assert (answer.status, answer.json["error"]) == (422, "idempotency_conflict")
        INVALID.validate(answer.json)
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == first.ids


def test_the_same_body_is_the_same_request_however_it_is_packed(
    pipeline: Pipeline, caller: Caller
) -> None:
    plain = json.dumps([an_event()])
    packed = base64.b64encode(gzip.compress(b"\xef\xbb\xbf" + plain.encode())).decode()
    first = pipeline.send(plain, caller=caller, headers=[KEY])
    again = pipeline.send(
        packed, caller=caller, headers=[KEY, ("Content-Encoding", "gzip")], is_base64=True
    )
    assert again.json == first.json


@pytest.mark.parametrize("path", [BATCH, SINGLE])
@pytest.mark.parametrize("values", [[""], ["x" * 256], ["x" * 10_240], ["a\x00"], ["a", "a"]])
def test_a_bad_header_is_refused_and_nothing_is_queued(
    pipeline: Pipeline, caller: Caller, path: str, values: list[str]
) -> None:
    value: object = an_event() if path == SINGLE else [an_event()]
    headers = [("Idempotency-Key", each) for each in values]
    answer = pipeline.send(json.dumps(value), caller=caller, headers=headers, path=path)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert "Idempotency-Key" in answer.json["message"]
    assert pipeline.take_messages() == []


@pytest.mark.parametrize("key", ["🦆 %00%0A", '"quoted"', "é" * 255])
def test_any_visible_text_is_a_key(pipeline: Pipeline, caller: Caller, key: str) -> None:
    headers = [("Idempotency-Key", key)]
    body = json.dumps([an_event()])
    first, second = (pipeline.send(body, caller=caller, headers=headers) for _ in range(2))
    assert first.status == 202
    assert first.json == second.json


def test_the_key_of_a_request_is_neither_logged_nor_stored(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps([an_event()])
    for each in (body, body, f"[{body}"):
        pipeline.send(each, caller=caller, headers=[KEY])
    assert KEY[1] not in capsys.readouterr().out
    items = pipeline.table.client.scan(TableName=pipeline.table.name)["Items"]
    assert KEY[1] not in repr(items)
