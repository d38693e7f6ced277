"""A name given twice in one object is never resolved silently: the event is invalid."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from indelible.errors import ValidationFailed
from indelible.ingest.batch import batch_of
from indelible.ingest.event import ValidEvent, validate
from indelible.ingest.explain import MAX_ERRORS
from indelible.ingest.receipt import FieldError, Receipt, Status
from indelible.ingest.words import GIVEN_TWICE
from indelible.json_names import find_repeated, path_of
from support.bodies import read_body
from support.examples import examples
from support.repeated_names import read_pairs, repeated_in
from unit.ingest_driver import IngestDriver
from unit.repeated_texts import JSON_TEXTS, OBJECT_TEXTS

GOOD = '{"actor_id":"user_1","action":"document.created"}'


def read(text: str) -> object:
    return read_body(text, {}, is_base64=False)


def with_fields(fields: str) -> str:
    """A valid event as JSON, with more fields."""
    return f"{GOOD[:-1]},{fields}}}"


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (with_fields('"actor_id":"user_2"'), ["actor_id"]),
        (with_fields('"actor_id":"user_1"'), ["actor_id"]),
        (with_fields('"\\u0061ctor_id":"user_2"'), ["actor_id"]),
        (with_fields('"version":null,"version":2'), ["version"]),
        (with_fields('"version":2,"version":null'), ["version"]),
        (with_fields('"version" : 1, "version"\n:\t1'), ["version"]),
        (with_fields('"metadata":{"plan":"free","plan":"team"}'), ["metadata.plan"]),
        (with_fields('"metadata":{"a":[{},{"b":1,"b":1,"b":1}]}'), ["metadata.a.1.b"]),
        (with_fields('"metadata":{"":1,"":2}'), ["metadata."]),
        (with_fields('"targets":[{"type":"t"},{"type":"t","type":"u"}]'), ["targets.1.type"]),
        (with_fields('"targets":[{"type":"t","metadata":{"a":1,"a":1}}]'),
         ["targets.0.metadata.a"]),
        (with_fields('"x":1,"action":"a","metadata":{"b":1,"b":2}'), ["action", "metadata.b"]),
        (with_fields('"metadata":{"\\u0022:":1,"\\":":2}'), ['metadata.":']),
        (with_fields('"metadata":{"a":1,"a":1,"note":"\\u0022\\u0022"}'), ["metadata.a"]),
        (with_fields('"metadata":{"a":1e400,"a":1}'), ["metadata.a"]),
    ],
)  # fmt: skip
def test_an_event_with_a_name_given_twice_is_invalid(event: str, fields: list[str]) -> None:
    errors = tuple(FieldError(field, GIVEN_TWICE) for field in fields)
    assert validate(read(event)) == errors
    [before, itself, after] = IngestDriver().submit(*batch_of(read_batch(GOOD, event, GOOD)))
    assert (before.status, after.status) == (Status.QUEUED, Status.QUEUED)
    assert itself == Receipt(None, Status.INVALID, errors)


def read_batch(*events: str) -> object:
    return read(f'{{"events":[{",".join(events)}]}}')


@pytest.mark.parametrize(
    "fields",
    [
        '"metadata":{"a":{"name":1},"b":{"name":2},"name":3}',
        '"targets":[{"type":"t"},{"type":"t"}]',
        '"metadata":{"a":1,"A":2,"a ":3,"\\u00e9":4,"e\\u0301":5}',
        '"metadata":{"note":"\\"a\\":1,\\"a\\":2","\\u0022":"\\u0022\\\\u0022\\\\"}',
    ],
)
def test_the_same_name_in_different_objects_is_no_repetition(fields: str) -> None:
    assert isinstance(validate(read(with_fields(fields))), ValidEvent)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"events":[{GOOD}],"events":[{GOOD}]}}',
        f'{{"events":null,"events":[{GOOD}]}}',
        f'{{"events":[{GOOD}],"\\u0065vents":[{GOOD}]}}',
    ],
)
def test_a_batch_whose_events_are_given_twice_is_refused(body: str) -> None:
    with pytest.raises(ValidationFailed, match=r"^`events` is given twice"):
        batch_of(read(body))


def test_at_most_20_repeated_names_are_listed_and_the_others_counted() -> None:
    names = ",".join(f'"n{n}":1,"n{n}":2' for n in range(50))
    errors = validate(read(with_fields(f'"metadata":{{{names}}}')))
    assert errors == (
        *(FieldError(f"metadata.n{n}", GIVEN_TWICE) for n in range(MAX_ERRORS)),
        FieldError("", "has 30 more errors; correct the others first"),
    )


def test_a_deep_event_with_a_repeated_name_is_invalid_whatever_the_depth() -> None:
    for depth in (1, 30, 31, 32, 33, 200):
        text = '{"a":' * depth + '{"b":1,"b":2}' + "}" * depth
        receipt, good = IngestDriver().submit(
            *batch_of(read_batch(with_fields(f'"metadata":{text}'), GOOD))
        )
        assert (receipt.status, good.status) == (Status.INVALID, Status.QUEUED)


@given(JSON_TEXTS)
@settings(max_examples=examples(1_000))
def test_repeated_names_are_those_that_the_standard_library_finds(text: str) -> None:
    body = f'{{"a":{text}}}'
    value = read(body)
    assert repr(value) == repr(json.loads(body))
    assert sorted(map(path_of, find_repeated(value))) == sorted(repeated_in(read_pairs(body)))


@given(OBJECT_TEXTS)
@settings(max_examples=examples(500))
def test_an_event_is_invalid_exactly_at_the_names_that_its_text_repeats(metadata: str) -> None:
    event = with_fields(f'"metadata":{metadata}')
    checked = validate(read(event))
    errors = [] if isinstance(checked, ValidEvent) else checked
    twice = sorted(error.field for error in errors if error.message == GIVEN_TWICE)
    assert twice == sorted(f"metadata.{path}" for path in repeated_in(read_pairs(metadata)))
    if isinstance(checked, ValidEvent):
        assert json.loads(checked.fields) == json.loads(event)


@given(JSON_TEXTS)
def test_an_event_reads_the_same_beside_one_with_a_repeated_name(text: str) -> None:
    """Another library reads a body in which a name is given twice."""
    beside = read(f'{{"a":{text},"b":1,"b":2}}')
    assert repr(beside) == repr({"a": read(text), "b": 2})
