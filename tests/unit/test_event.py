"""Events: the rule of every field."""

from __future__ import annotations

import pytest
from indelible.chain.fields import EVENT_FIELDS, SubmittedEvent
from indelible.ingest.event import ValidEvent, validate
from support.builders import an_event
from unit.validated import fields_of, nested, problem_of

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


def test_every_field_is_kept_as_submitted() -> None:
    assert fields_of(FULL) == FULL
    assert fields_of(an_event()) == an_event()


def test_a_message_has_exactly_the_fields_of_an_event() -> None:
    assert set(FULL) == set(SubmittedEvent.__struct_fields__) == EVENT_FIELDS


@pytest.mark.parametrize("name", sorted(EVENT_FIELDS - {"actor_id", "action"}))
def test_null_counts_as_absent(name: str) -> None:
    assert fields_of({**FULL, name: None}) == {k: v for k, v in FULL.items() if k != name}


def test_null_inside_metadata_is_kept() -> None:
    assert fields_of(an_event(metadata={"a": None}))["metadata"] == {"a": None}


@pytest.mark.parametrize(
    "value", ["", "\x00", "emoji 🦉", "\U0010ffff", "\u202e", "'\"\\", "é" * 999]
)
def test_any_text_is_kept(value: str) -> None:
    assert fields_of(an_event(user_agent=value, metadata={value: value})) == an_event(
        user_agent=value, metadata={value: value}
    )


@pytest.mark.parametrize("event", [None, [[]], "x", 1, True, 1.5, [an_event()], nested(500)])
def test_a_value_that_is_not_an_object_is_refused(event: object) -> None:
    field, message = problem_of(event)
    assert (field, message.startswith("must be a JSON object")) == ("", True)


@pytest.mark.parametrize("name", ["actor_id", "action"])
def test_actor_and_action_are_required(name: str) -> None:
    event = an_event()
    del event[name]
    assert problem_of(event) == (name, "is required; add a string that is not empty")
    assert problem_of(an_event(**{name: ""}))[1].startswith("must not be empty")
    assert problem_of(an_event(**{name: None}))[1].startswith("must not be null")


@pytest.mark.parametrize("name", STRINGS)
@pytest.mark.parametrize("value", [1.5, True, [], {}, ["a"]])
def test_a_string_field_takes_only_strings(name: str, value: object) -> None:
    field, message = problem_of(an_event(**{name: value}))
    assert (field, message.startswith("must be a string")) == (name, True)


@pytest.mark.parametrize("value", ["1", 1.0, 1.5, True, [], {}])
def test_version_takes_only_integers(value: object) -> None:
    assert problem_of(an_event(version=value)) == (
        "version",
        "must be an integer; send it without quotes, fraction or exponent",
    )


@pytest.mark.parametrize("name", ["actorId", "id", "sequence", "created_at", "salt", "", "é", "🦉"])
def test_an_unknown_field_is_never_dropped(name: str) -> None:
    field, message = problem_of(an_event(**{name: "x"}))
    assert (field, "not a field of an event" in message) == (name, True)
    field, _ = problem_of(an_event(targets=[{"type": "t", "kind": 1}]))
    assert field == "targets.0.kind"


def test_all_errors_are_reported_together() -> None:
    checked = validate({"actor_id": 1.5, "targets": [{}, {"type": ""}], "x": 1})
    assert isinstance(checked, tuple)
    assert {error.field for error in checked} == {
        "action",
        "actor_id",
        "targets.0.type",
        "targets.1.type",
        "x",
    }


@pytest.mark.parametrize(
    ("submitted", "kept"),
    [
        ("2026-11-23T20:23:08Z", "2026-11-23T20:23:08.000000Z"),
        ("2026-11-23T22:23:08.25+02:00", "2026-11-23T20:23:08.250000Z"),
        ("2026-11-23T20:23:08.123456000Z", "2026-11-23T20:23:08.123456Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2026-03-02T10:15:30.1234567Z", "2026-03-02T10:15:30.123456700Z"),
        ("2026-03-02T10:15:30.123456789+02:00", "2026-03-02T08:15:30.123456789Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_occurred_at_is_written_in_utc(submitted: str, kept: str) -> None:
    assert fields_of(an_event(occurred_at=submitted))["occurred_at"] == kept


@pytest.mark.parametrize(
    "submitted", ["", "2026-11-23T20:23:08", "2026-11-23T20:23:08.1234567890Z", "now", "2026-11-23"]
)
def test_an_occurred_at_that_is_not_exact_is_refused(submitted: str) -> None:
    field, message = problem_of(an_event(occurred_at=submitted))
    assert (field, message.startswith("must ")) == ("occurred_at", True)


@pytest.mark.parametrize("number", [1772446530, 1772446530123, 1772446530.5])
def test_a_number_as_occurred_at_is_refused_with_the_text_to_send(number: float) -> None:
    assert problem_of(an_event(occurred_at=number)) == (
        "occurred_at",
        "is a number; send ISO 8601 text such as 2026-03-02T10:15:30Z",
    )


def test_an_idempotency_key_has_1_to_512_characters() -> None:
    checked = validate(an_event(idempotency_key="🦉" * 512))
    assert isinstance(checked, ValidEvent)
    assert checked.idempotency_key == "🦉" * 512
    for key in ("", "a" * 513):
        assert problem_of(an_event(idempotency_key=key))[0] == "idempotency_key"
