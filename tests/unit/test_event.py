"""Events: every rule on a field, and no way to break the validator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import EVENT_FIELDS, MAX_EVENT_BYTES
from indelible.ingest.event import MAX_METADATA_BYTES, Event, ValidEvent, validate
from support.builders import an_event

FULL = an_event(
    actor_name="Sarah Chen",
    actor_type="user",
    action_category="document",
    resource="document",
    resource_id="doc_8nXpQr3",
    resource_name="Q4 Financial Report",
    metadata={"comment_id": "cmt_7xL2bRw", "deep": [{"a": [1, 2.5, None, True]}]},
    targets=[{"type": "team", "id": "team_5bR7cNx", "name": "Engineering", "metadata": {"n": 1}}],
    occurred_at="2026-11-23T20:23:08.000001Z",
    session_id="s",
    tenant_id="t",
    idempotency_key="k",
    version=3,
    ip_address="192.0.2.1",
    user_agent="curl/8",
)
STRINGS = sorted(EVENT_FIELDS - {"metadata", "targets", "version", "occurred_at"})


def fields_of(submitted: object) -> dict[str, Any]:
    """The fields as kept; fails when the event is invalid."""
    checked = validate(submitted)
    assert isinstance(checked, ValidEvent), checked
    kept: dict[str, Any] = json.loads(checked.fields)
    return kept


def problem_of(submitted: object) -> tuple[str, str]:
    """The one thing that is wrong with an event."""
    checked = validate(submitted)
    assert isinstance(checked, tuple)
    assert len(checked) == 1
    return checked[0].field, checked[0].message


def nested(levels: int) -> object:
    """An array in an array …, so many levels."""
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_every_field_is_kept_as_submitted() -> None:
    assert fields_of(FULL) == FULL
    assert fields_of(an_event()) == an_event()


def test_the_message_knows_exactly_the_fields_of_an_event() -> None:
    assert set(FULL) == set(Event.__annotations__) == EVENT_FIELDS


@pytest.mark.parametrize("name", sorted(EVENT_FIELDS - {"actor_id", "action"}))
def test_null_is_absent(name: str) -> None:
    assert fields_of({**FULL, name: None}) == {k: v for k, v in FULL.items() if k != name}


def test_null_inside_metadata_is_kept() -> None:
    assert fields_of(an_event(metadata={"a": None}))["metadata"] == {"a": None}


@pytest.mark.parametrize(
    "value", ["", "\x00", "emoji 🦉", "\U0010ffff", "\u202e", "'\"\\", "é" * 999]
)
def test_any_text_comes_through(value: str) -> None:
    assert fields_of(an_event(user_agent=value, metadata={value: value})) == an_event(
        user_agent=value, metadata={value: value}
    )


@pytest.mark.parametrize("event", [None, [], "x", 1, True, 1.5, [an_event()], nested(500)])
def test_what_is_no_object_is_no_event(event: object) -> None:
    assert problem_of(event) == ("", "must be a JSON object")


@pytest.mark.parametrize("name", ["actor_id", "action"])
def test_actor_and_action_are_required(name: str) -> None:
    event = an_event()
    del event[name]
    assert problem_of(event) == (name, "is required")
    assert problem_of(an_event(**{name: ""})) == (name, "should have at least 1 character")
    assert problem_of(an_event(**{name: None})) == (name, "should be a valid string")


@pytest.mark.parametrize("name", STRINGS)
@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, ["a"]])
def test_a_string_field_takes_only_strings(name: str, value: object) -> None:
    assert problem_of(an_event(**{name: value})) == (name, "should be a valid string")


@pytest.mark.parametrize("value", ["1", 1.0, 1.5, True, [], {}])
def test_version_takes_only_integers(value: object) -> None:
    assert problem_of(an_event(version=value)) == ("version", "should be a valid integer")


@pytest.mark.parametrize("name", ["actorId", "id", "sequence", "created_at", "salt", "", "é", "🦉"])
def test_an_unknown_field_is_never_dropped(name: str) -> None:
    field, message = problem_of(an_event(**{name: "x"}))
    assert (field, "not a field of an event" in message) == (name, True)
    field, _ = problem_of(an_event(targets=[{"type": "t", "kind": 1}]))
    assert field == "targets.0.kind"


def test_everything_wrong_is_told_at_once() -> None:
    checked = validate({"actor_id": 1, "targets": [{}, {"type": ""}], "x": 1})
    assert isinstance(checked, tuple)
    assert {error.field for error in checked} == {
        "action",
        "actor_id",
        "targets.0.type",
        "targets.1.type",
        "x",
    }


def test_metadata_has_at_most_50_keys() -> None:
    fifty = {str(n): n for n in range(50)}
    assert fields_of(an_event(metadata=fifty))["metadata"] == fifty
    problem = ("metadata", "must have at most 50 keys")
    assert problem_of(an_event(metadata={**fifty, "50": 50})) == problem
    target = {"type": "t", "metadata": {**fifty, "50": 50}}
    assert problem_of(an_event(targets=[target])) == ("targets.0.metadata", problem[1])


@pytest.mark.parametrize("letter", ["a", "é", "🦉"])
def test_metadata_has_at_most_64_kilobytes_as_json(letter: str) -> None:
    room = MAX_METADATA_BYTES - len('{"k":""}')
    count, rest = divmod(room, len(letter.encode()))
    largest = letter * count + "a" * rest
    assert len(fields_of(an_event(metadata={"k": largest}))["metadata"]["k"]) == count + rest
    field, message = problem_of(an_event(metadata={"k": largest + "a"}))
    assert (field, "65536 bytes" in message) == ("metadata", True)


def test_the_metadata_of_each_target_has_its_own_limit() -> None:
    largest = {"k": "a" * (MAX_METADATA_BYTES - len('{"k":""}'))}
    targets = [{"type": "t"}, {"type": "t", "metadata": None}, {"type": "t", "metadata": largest}]
    assert fields_of(an_event(targets=targets))["targets"] == targets
    larger = {"k": largest["k"] + "a"}
    field, message = problem_of(an_event(targets=[*targets[:2], {"type": "t", "metadata": larger}]))
    assert (field, "65536 bytes" in message) == ("targets.2.metadata", True)


def test_an_event_has_at_most_128_kilobytes_as_json() -> None:
    room = MAX_EVENT_BYTES - len(json.dumps(an_event(user_agent=""), separators=(",", ":")))
    assert len(fields_of(an_event(user_agent="a" * room))["user_agent"]) == room
    for size in (room + 1, 300_000):
        field, message = problem_of(an_event(user_agent="a" * size))
        assert (field, "131072 bytes" in message) == ("", True)


@pytest.mark.parametrize("number", [-(2**63), 2**64 - 1, 2**53 + 1, 0, -1])
def test_integers_of_64_bits_are_exact(number: int) -> None:
    event = an_event(version=number, metadata={"n": number})
    assert fields_of(event) == event


@pytest.mark.parametrize("number", [-(2**63) - 1, 2**64, 10**30, -(10**30), 10**300])
def test_larger_integers_are_refused_and_never_rounded(number: int) -> None:
    for path, event in [
        ("version", an_event(version=number)),
        ("metadata.a.0", an_event(metadata={"a": [number]})),
        ("targets.0.metadata.b", an_event(targets=[{"type": "t", "metadata": {"b": number}}])),
    ]:
        field, message = problem_of(event)
        assert (field, "64 bits" in message) == (path, True)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    assert problem_of(an_event(metadata={"a": number})) == ("metadata.a", "must be a finite number")


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_an_unpaired_surrogate_is_refused_wherever_it_is(text: str) -> None:
    for path, event in [
        ("actor_id", an_event(actor_id=text)),
        ("metadata.a", an_event(metadata={"a": text})),
        ("metadata", an_event(metadata={text: 1})),
        ("metadata.a", an_event(metadata={"a": {text: 1}})),
        ("targets.0", an_event(targets=[{"type": "t", text: 1}])),
        ("", an_event(**{text: 1})),
    ]:
        field, message = problem_of(event)
        assert field == path
        assert message.isascii()


def test_nesting_has_32_levels_the_event_itself_included() -> None:
    for levels, fits in [(30, True), (31, False), (900, False)]:
        checked = validate(an_event(metadata={"a": nested(levels)}))
        assert isinstance(checked, ValidEvent) is fits
    field, message = problem_of(an_event(metadata={"a": nested(31)}))
    assert field == "metadata.a" + ".0" * 30
    assert "32 levels" in message


@pytest.mark.parametrize(
    ("submitted", "kept"),
    [
        ("2026-11-23T20:23:08Z", "2026-11-23T20:23:08.000000Z"),
        ("2026-11-23T22:23:08.25+02:00", "2026-11-23T20:23:08.250000Z"),
        ("2026-11-23T20:23:08.123456000Z", "2026-11-23T20:23:08.123456Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_occurred_at_is_written_in_utc(submitted: str, kept: str) -> None:
    assert fields_of(an_event(occurred_at=submitted))["occurred_at"] == kept


@pytest.mark.parametrize(
    "submitted", ["", "2026-11-23T20:23:08", "2026-11-23T20:23:08.123456789Z", "now", "2026-11-23"]
)
def test_an_inexact_occurred_at_is_refused(submitted: str) -> None:
    field, message = problem_of(an_event(occurred_at=submitted))
    assert (field, message.startswith("must ")) == ("occurred_at", True)


def test_occurred_at_takes_only_strings() -> None:
    assert problem_of(an_event(occurred_at=1)) == ("occurred_at", "should be a valid string")


def test_an_idempotency_key_has_1_to_512_characters() -> None:
    checked = validate(an_event(idempotency_key="🦉" * 512))
    assert isinstance(checked, ValidEvent)
    assert checked.idempotency_key == "🦉" * 512
    for key in ("", "a" * 513):
        assert problem_of(an_event(idempotency_key=key))[0] == "idempotency_key"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec=None), max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)) | st.text(), VALUES))
def test_any_object_is_an_event_or_gets_reasons(fields: dict[str, object]) -> None:
    for submitted in (fields, an_event(**fields), an_event(metadata=fields)):
        checked = validate(submitted)
        if isinstance(checked, tuple):
            assert checked
            for error in checked:
                assert error.message
                assert error.field.encode().decode() == error.field
        else:
            json.loads(checked.fields)
