"""The messages about invalid events are for people who write JSON, and say what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from indelible import json_names, times
from indelible.chain.fields import MAX_EVENT_BYTES, MAX_METADATA_BYTES, MAX_TARGETS
from indelible.errors import ValidationFailed
from indelible.ingest import exactness, sizes, words
from indelible.ingest.batch import batch_of
from indelible.ingest.event import validate
from indelible.times import parse_bound
from support.bodies import read_body
from support.builders import an_event
from unit.validated import nested, problem_of

MAX_CHARACTERS = 200
FOREIGN = re.compile(
    r"\b(valid (dictionary|list|string|integer)|value error|timedelta|nonetype|none|lists?|tuples?"
    r"|dict|dictionary|floats?|ints?|str|bool|datetime|isoformat|msgspec|pydantic|python)\b"
    r"|input should",
    re.IGNORECASE,
)
"""Words of Python and its libraries."""

INSTRUCTION = re.compile(
    r"; (add|correct|cut|name|put|send|shorten|use|write) .+$|, for example [\[{].+[\]}]$"
)

TIMES = [
    "now", "", "2026-03-02", "1772446530", "2026-03-02T10:15:30", "2026-03-02T10:15:30+25:00",
    "2026-02-30T10:15:30Z", "2026-03-02T24:00:00Z", "2026-03-02T10:60:00Z", "2026-03-02T10:15:60Z",
    "2026-03-02T10:15:30.1234567890Z", "0001-01-01T00:00:00+01:00", 1772446530, 1.5, True, [], {},
]  # fmt: skip
VALUES: list[object] = [None, True, 7, 1.5, 2**64, "", "x", [], ["x"], {}, {"x": 1}, "\ud800"]
EVENTS: list[object] = [
    *VALUES, [an_event()], {"events": [an_event()]}, {},
    *(an_event(**{name: value}) for name in ("actor_id", "action", "actor_name", "resource_id",
                                             "version", "metadata", "targets", "idempotency_key",
                                             "actorId", "ressource", "foo", "events", "x" * 5_000)
      for value in VALUES),
    *(an_event(occurred_at=value) for value in TIMES),
    *(an_event(targets=[{"type": "t", name: value}])
      for name in ("type", "id", "name", "metadata", "kind", "nmae") for value in VALUES),
    *(an_event(targets=[value]) for value in VALUES),
    an_event(idempotency_key="k" * 513),
    an_event(user_agent="a" * MAX_EVENT_BYTES), an_event(metadata={"a": "b" * MAX_METADATA_BYTES}),
    an_event(targets=[{}] * (MAX_TARGETS + 1)), an_event(metadata={"a": nested(40)}),
    {str(number): 1 for number in range(100)},
]  # fmt: skip
TEXTS = [
    '{"actor_id":"a","actor_id":"b","action":"c"}',
    *(f'{{"actor_id":"a","action":"b","metadata":{{"n":{number}}}}}'
      for number in ("NaN", "1e400", "1e-400", "0.1234567890123456789", "1" * 30)),
]  # fmt: skip


@cache
def produced() -> frozenset[str]:
    """Every message about all of these events."""
    events = [*EVENTS, *(read_body(text, {}, is_base64=False) for text in TEXTS)]
    errors = [error for event in events if isinstance(found := validate(event), tuple)
              for error in found]  # fmt: skip
    return frozenset(error.message for error in errors)


@pytest.mark.parametrize("message", sorted(produced()))
def test_a_message_says_what_to_do_in_the_words_of_json(message: str) -> None:
    assert not FOREIGN.search(message)
    assert INSTRUCTION.search(message)
    assert len(message) <= MAX_CHARACTERS
    assert re.match(r"(must|is|has) ", message)


def written(path: str) -> Iterator[str]:
    """The longest literal part of every message in a module's source, f-strings included."""
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = re.split(r"\{count\}", node.value)
        else:
            continue
        if re.match(r"(must|is|has) ", str(parts[0] if parts else "")):
            yield max(map(str, parts), key=len)


@pytest.mark.parametrize("module", [words, exactness, sizes, times, json_names])
def test_the_events_of_this_test_get_every_message_there_is(module: object) -> None:
    messages = [*produced()]
    for of_a_filter in ("2026-03-02T10:15:30.1234567Z", "2026-03-02T10:15:30 01:00", "now"):
        with pytest.raises(ValueError, match=r"six fractional digits|%2B|a date such") as refused:
            parse_bound(of_a_filter, is_end=False)
        messages.append(str(refused.value))
    for text in written(str(module.__file__)):  # type: ignore[attr-defined]
        assert any(text in message for message in messages), text


@pytest.mark.parametrize("message", [
    "Input should be a valid dictionary", "must be a float; send it", "must be of type NoneType",
    "Value error, no", "offset must be a timedelta strictly between", "must be a string",
])  # fmt: skip
def test_the_test_of_messages_can_fail(message: str) -> None:
    assert FOREIGN.search(message) or not INSTRUCTION.search(message)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("actorId", "actor_id"),
        ("actor-id", "actor_id"),
        ("ActorName", "actor_name"),
        ("Metadata", "metadata"),
        ("meta_data", "metadata"),
        ("ressource", "resource"),
        ("occuredAt", "occurred_at"),
        ("idempotencyKey", "idempotency_key"),
        ("userAgent", "user_agent"),
        ("ipAddress", "ip_address"),
        ("target", "targets"),
    ],
)
def test_a_near_name_gets_the_field_that_was_meant(name: str, field: str) -> None:
    message = f"is not a field of an event; use {field}, or put the value into metadata"
    assert problem_of(an_event(**{name: "x"})) == (name, message)


@pytest.mark.parametrize("name", ["colour", "id", "created_at", "", "é", "a" * 1_000_000, "_"])
def test_another_name_gets_no_suggestion(name: str) -> None:
    _, message = problem_of(an_event(**{name: "x"}))
    assert message == "is not a field of an event; put the value into metadata"


def test_a_batch_in_place_of_an_event_is_told_where_batches_go() -> None:
    message = "is not a field of an event; send several events to /v1/events/batch"
    assert problem_of({"events": [an_event()]}) == ("events", message)
    assert problem_of({"events": [], "source": "x"}) == ("events", message)
    assert problem_of([an_event()])[1].endswith("send several events to /v1/events/batch")


def test_an_event_in_place_of_a_batch_is_told_where_events_go() -> None:
    with pytest.raises(ValidationFailed, match=r"Send a single event to /v1/events\.$"):
        batch_of(an_event())
