"""Bodies and headers that are far too large or oddly nested: the exact answer, at little cost."""

from __future__ import annotations

import tracemalloc

import pytest
from integration.raw_bodies import GOOD
from integration.whole_way import LINES
from support.pipeline import BATCH, SINGLE, Caller, Pipeline

MILLION = 1_000_000
MEMORY = 120_000_000
"""Bytes that such a request may take, an eighth of what ingest has."""

NO_EVENT = "must be a JSON object; send several events to /v1/events/batch"
TOO_MANY = "The body must hold 1 to 1000 events, one on each line."
SEVERAL = (
    "The body has several JSON values. To post one event on each line, send the header"
    " `Content-Type: application/x-ndjson` to /v1/events/batch."
)
HUGE = [
    ("{}\n" * MILLION, LINES, 422, "validation_failed", TOO_MANY),
    ("{\n" * MILLION, LINES, 422, "validation_failed", TOO_MANY),
    ("\n" * 4 * MILLION, LINES, 400, "malformed_json",
     "The body is empty; send one event on each line."),
    ("{}\n" * MILLION, [], 400, "malformed_json", SEVERAL),
    ("[" + "[]," * MILLION + "[]]", [], 422, "validation_failed",
     "The array must hold 1 to 1000 events, not 1000001."),
    ('{"events":[' + "[]," * MILLION + "[]]}", [], 422, "validation_failed",
     "`events` must hold 1 to 100 events, not 1000001."),
    ("[" * MILLION, [], 400, "malformed_json", "The body is nested too deeply."),
    ("[" * MILLION + "]" * MILLION, [], 400, "malformed_json", "The body is nested too deeply."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "status", "error", "message"),
    HUGE,
    ids=[f"{body[:14]!r} {len(headers)}" for body, headers, *_ in HUGE],
)
def test_a_body_of_a_million_parts_is_refused_within_bounded_memory(
    pipeline: Pipeline,
    caller: Caller,
    body: str,
    headers: list[tuple[str, str]],
    status: int,
    error: str,
    message: str,
) -> None:
    pipeline.send(GOOD, caller=caller, path=SINGLE)  # which imports what requests need
    tracemalloc.start()
    try:
        answer = pipeline.send(body, caller=caller, headers=headers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == status
    assert answer.json == {"error": error, "message": message}
    assert peak < MEMORY
    assert len(pipeline.take_messages()) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (f"[[{GOOD}],{GOOD},[[{GOOD}]]]", []),
        (f'{{"events":[[{GOOD}],{GOOD},[[{GOOD}]]]}}', []),
        (f"[{GOOD}]\n{GOOD}\n[[{GOOD}]]\n", LINES),
    ],
    ids=["array", "object", "lines"],
)
def test_arrays_in_place_of_events_are_invalid_and_the_others_are_queued(
    pipeline: Pipeline, caller: Caller, body: str, headers: list[tuple[str, str]]
) -> None:
    answer = pipeline.send(body, caller=caller, headers=headers)
    assert (answer.status, answer.statuses) == (202, ["invalid", "queued", "invalid"])
    for receipt in (answer.receipts[0], answer.receipts[2]):
        assert receipt["errors"] == [{"field": "", "message": NO_EVENT}]
    pipeline.drain()
    assert pipeline.chained_ids(caller.workspace_id) == [answer.ids[1]]


def test_only_arrays_in_place_of_events_are_a_failed_validation(
    pipeline: Pipeline, caller: Caller
) -> None:
    answer = pipeline.send(f"[[{GOOD}]]", caller=caller)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
    assert answer.json["events"] == [
        {"id": None, "status": "invalid", "errors": [{"field": "", "message": NO_EVENT}]}
    ]


LONG = "x" * 10_240


@pytest.mark.parametrize("path", [BATCH, SINGLE])
@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("Content-Encoding", 400, "Content-Encoding must be gzip, or absent."),
        ("Idempotency-Key", 422,
         "The header Idempotency-Key must have 1 to 255 characters, not 10240."),
        ("Authorization", 401, "Send a valid API key as `Authorization: Bearer imk_...`."),
    ],
)  # fmt: skip
def test_a_header_of_ten_kilobytes_is_refused(
    pipeline: Pipeline, caller: Caller, path: str, name: str, status: int, message: str
) -> None:
    sender = None if name == "Authorization" else caller
    body = GOOD if path == SINGLE else f"[{GOOD}]"
    answer = pipeline.send(body, caller=sender, headers=[(name, LONG)], path=path)
    assert (answer.status, answer.json["message"]) == (status, message)
    assert pipeline.take_messages() == []


@pytest.mark.parametrize(
    "name", ["User-Agent", "X-Forwarded-For", "X-Amzn-Trace-Id", "Accept", "Cookie", LONG]
)
def test_a_header_of_ten_kilobytes_that_we_do_not_read_changes_nothing(
    pipeline: Pipeline, caller: Caller, name: str
) -> None:
    answer = pipeline.send(f"[{GOOD}]", caller=caller, headers=[(name, LONG)])
    assert (answer.status, answer.statuses) == (202, ["queued"])
    pipeline.drain()
    [record] = pipeline.chain(caller.workspace_id)
    assert record["id"] == answer.ids[0]


def test_a_media_type_of_ten_kilobytes_is_no_media_type_of_lines(
    pipeline: Pipeline, caller: Caller
) -> None:
    headers = [("Content-Type", f"application/x-ndjson{LONG}")]
    assert pipeline.send(f"[{GOOD}]", caller=caller, headers=headers).statuses == ["queued"]
    answer = pipeline.send(f"{GOOD}\n{GOOD}\n", caller=caller, headers=headers)
    assert (answer.status, answer.json["message"]) == (400, SEVERAL)
