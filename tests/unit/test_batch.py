"""Batches: an object with `events`, an array of events, or an event on each line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import MalformedBody, ValidationFailed
from indelible.ingest.batch import MEDIA_TYPES_OF_LINES, UnreadLine, batch_of, events_of
from indelible.ingest.batch import give_key as give
from indelible.ingest.receipt import Status
from indelible.web.request import MAX_BODY_BYTES, parse_json
from support.builders import an_event
from support.repeated_names import read_pairs
from unit.ingest_driver import IngestDriver

JSON, LINES = "application/json", "application/x-ndjson"
EVENT = '{"actor_id":"u","action":"a.b"}'


def read(body: str, media_type: str = LINES) -> list[object]:
    return events_of(body.encode(), media_type, parse_json)


def test_an_object_holds_1_to_100_events_of_any_kind() -> None:
    events: list[object] = [None, 1, "a", {}, []] * 20
    assert batch_of({"events": events}) == events
    assert batch_of({"events": [None]}) == [None]


def test_an_array_holds_1_to_1000_events_of_any_kind() -> None:
    events: list[object] = [None, 1, "a", {}, [[]]] * 200
    assert batch_of(events) == events
    assert batch_of([None]) == [None]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "events",
        1,
        {},
        {"events": None},
        {"events": {}},
        {"events": "a"},
        {"events": []},
        {"events": [{}] * 101},
        {"events": [{}], "more": 1},
        {"Events": [{}]},
        [{}] * 1_001,
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_body_without_events_or_with_too_many_fails_validation(value: object) -> None:
    with pytest.raises(ValidationFailed, match="must") as failure:
        batch_of(value)
    assert failure.value.events is None


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
    ],
)
def test_lines_are_read_under_each_name_that_clients_use(media_type: str) -> None:
    assert read('{"a":1}\n{"a":2}', media_type) == [{"a": 1}, {"a": 2}]


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers(0, 9)), min_size=1), st.data())
def test_lines_hold_the_events_that_were_written(events: list[object], data: st.DataObject) -> None:
    ends = st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\r\n"])
    body = "".join(json.dumps(each) + data.draw(ends) for each in events)
    assert read(data.draw(st.sampled_from(["", "\n", " \r\n\n"])) + body) == events
    assert read(body.rstrip()) == events


def test_a_line_that_is_not_json_makes_one_event_invalid_and_names_the_line() -> None:
    events = read(f"{EVENT}\n\r\n\n{{oops\n{EVENT}\nNaN1\n[1]\n")
    receipts = IngestDriver().submit(*events)
    assert [each.status for each in receipts] == ["queued", "invalid", "queued", *["invalid"] * 2]
    assert [each.errors[0].message.split(" is not")[0] for each in receipts if each.errors] == [
        "line 4",
        "line 6",
        "must be a JSON object; send several events to /v1/events/batch",
    ]
    assert receipts[1].errors[0].field == ""


def test_a_name_given_twice_in_a_line_makes_only_its_event_invalid() -> None:
    body = f'{EVENT}\n{{"actor_id":"a","actor_id":"b","action":"c"}}'
    receipts = IngestDriver().submit(*read(body))
    assert [each.status for each in receipts] == ["queued", "invalid"]
    assert receipts[1].errors == (("actor_id", "is given twice; send each name once"),)
    assert read_pairs(body.split("\n")[1])


@pytest.mark.parametrize("body", ["", "\n", " \r\n\t\n"])
def test_lines_without_an_event_are_an_empty_body(body: str) -> None:
    with pytest.raises(MalformedBody, match="one event on each line"):
        read(body)


def test_1000_lines_are_read_and_1001_are_refused() -> None:
    assert len(read(f"{EVENT}\n\n" * 1_000)) == 1_000
    with pytest.raises(ValidationFailed, match="1 to 1000 events, one on each line"):
        read(f"{EVENT}\n" * 1_001)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", MalformedBody),
        ("{}", ValidationFailed),
        ("{", ValidationFailed),
        ("1", ValidationFailed),
        ("\r", MalformedBody),
    ],
)
def test_a_million_lines_are_refused_unread(line: str, error: type[Exception]) -> None:
    read_lines: list[bytes] = []

    def parse(plain: bytes) -> object:
        read_lines.append(plain)
        return {}

    with pytest.raises(error):
        events_of(f"{line}\n".encode() * 1_000_000, LINES, parse)
    assert read_lines == []


def test_a_line_of_four_mebibytes_is_one_event() -> None:
    text = "a" * (MAX_BODY_BYTES - 100)
    [event, unread] = read(f'{{"a":"{text}"}}\n"{text[:50]}')
    assert event == {"a": text}
    assert isinstance(unread, UnreadLine)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n", "\n\n\r\n"])
def test_lines_sent_as_json_are_refused_with_the_header_to_send(ending: str) -> None:
    with pytest.raises(MalformedBody, match="Content-Type: application/x-ndjson"):
        read(f"{EVENT}{ending}{EVENT}\n", JSON)


@pytest.mark.parametrize("body", ["{\n", "[\n1,\n]", f"{EVENT} {EVENT}", "oops\noops", "1\n2"])
def test_other_json_that_cannot_be_read_is_not_called_lines(body: str) -> None:
    with pytest.raises(MalformedBody, match="not JSON"):
        read(body, JSON)


@pytest.mark.parametrize("media_type", sorted(MEDIA_TYPES_OF_LINES))
def test_an_array_sent_as_lines_is_one_invalid_event(media_type: str) -> None:
    [receipt, _] = IngestDriver().submit(*read(f"[{EVENT}]", media_type), an_event())
    assert receipt.status is Status.INVALID


def test_the_key_of_the_request_is_that_of_its_event() -> None:
    for event in (an_event(), an_event(idempotency_key=None), an_event(idempotency_key="k")):
        give(event, "k")
        assert event == an_event(idempotency_key="k")


@pytest.mark.parametrize("other", ["l", "", 1, ["k"]])
def test_another_key_in_the_event_is_refused(other: object) -> None:
    with pytest.raises(ValidationFailed, match="differ"):
        give(an_event(idempotency_key=other), "k")


@pytest.mark.parametrize("value", [None, [], "text", 1])
def test_what_is_not_an_event_gets_no_key(value: object) -> None:
    give(value, "k")
