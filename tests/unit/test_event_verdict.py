"""Two libraries, one verdict: pydantic finds an error exactly where msgspec refuses."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.fields import EVENT_FIELDS, ID_FIELDS, MAX_METADATA_BYTES
from indelible.ingest import event, explain
from indelible.ingest.event import ValidEvent, validate
from indelible.times import in_utc
from support.builders import an_event
from support.examples import examples

WHOLE = st.integers(-(2**65), 2**65)
ANY_TEXT = st.text(st.characters(codec=None), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(2**65), 2**65) | st.floats()
    | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
METADATA: st.SearchStrategy[Any] = (
    st.none()
    | st.dictionaries(ANY_TEXT, VALUES, max_size=3)
    | st.just([])
    | st.integers(-1, 1).map(lambda n: {"k": "a" * (MAX_METADATA_BYTES - len('{"k":""}') + n)})
)
TARGET = st.fixed_dictionaries(
    {},
    optional={
        "type": ANY_TEXT,
        "id": st.none() | ANY_TEXT | WHOLE,
        "metadata": METADATA,
        "x": VALUES,
    },
)
TIMES = st.none() | st.sampled_from(
    [
        "2026-11-23T22:23:08.25+02:00",
        "2026-11-23T22:23:08.123456789Z",
        "0001-01-01T00:00:00Z",
        "now",
    ]
)
OWN: dict[str, st.SearchStrategy[Any]] = {
    "metadata": METADATA,
    "targets": st.none() | st.lists(TARGET | VALUES, max_size=3),
    "occurred_at": TIMES,
    "idempotency_key": st.none() | st.sampled_from(["", "k", "🦉" * 512, "🦉" * 513]),
    "version": st.none() | st.integers(-(2**65), 2**65),
}
NEARLY_VALID = st.fixed_dictionaries(
    {"actor_id": ANY_TEXT | WHOLE, "action": ANY_TEXT},
    optional={
        name: OWN.get(name, st.none() | ANY_TEXT | (WHOLE if name in ID_FIELDS else st.nothing()))
        for name in sorted(EVENT_FIELDS - {"actor_id", "action"})
    },
)
CHANGES = st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)) | ANY_TEXT, VALUES, max_size=2)
ANYTHING = NEARLY_VALID | st.builds(lambda e, more: {**e, **more}, NEARLY_VALID, CHANGES) | VALUES


def kept(submitted: dict[str, Any]) -> bytes:
    """The JSON kept of a valid event, made without the code under test."""
    fields = {name: value for name, value in submitted.items() if value is not None}
    if fields.get("metadata") == []:
        fields["metadata"] = {}
    for name in ("actor_id", "resource_id", "session_id", "tenant_id"):
        if isinstance(fields.get(name), int):
            fields[name] = str(fields[name])
    if "targets" in fields:
        fields["targets"] = [
            {
                **each,
                **({"metadata": {}} if each.get("metadata") == [] else {}),
                **({"id": str(each["id"])} if isinstance(each.get("id"), int) else {}),
            }
            for each in fields["targets"]
        ]
    if "occurred_at" in fields:
        fields["occurred_at"] = in_utc(fields["occurred_at"])
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@given(ANYTHING)
@settings(max_examples=examples(500))
def test_an_event_is_accepted_exactly_when_no_error_is_found(submitted: object) -> None:
    checked = validate(submitted)  # raises when it refuses an event in which no error is found
    errors = explain.find_errors(submitted)
    assert checked == errors if errors else isinstance(checked, ValidEvent)
    if isinstance(checked, ValidEvent):
        assert isinstance(submitted, dict)
        assert json.loads(checked.fields) == json.loads(kept(submitted))
        assert [*json.loads(checked.fields)] == [*json.loads(kept(submitted))]


@given(st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)) | st.text(), VALUES))
def test_any_object_is_accepted_or_gets_errors(fields: dict[str, object]) -> None:
    for submitted in (fields, an_event(**fields), an_event(metadata=fields)):
        checked = validate(submitted)
        if isinstance(checked, tuple):
            assert checked
            for error in checked:
                assert error.message
                assert error.field.encode().decode() == error.field
        else:
            json.loads(checked.fields)


@pytest.mark.parametrize("submitted", [an_event(), an_event(idempotency_key="k", version=3)])
def test_a_refusal_without_an_error_is_never_silent(
    submitted: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Narrower(msgspec.Struct, forbid_unknown_fields=True):
        actor_id: str

    assert explain.find_errors(submitted) == ()
    monkeypatch.setattr(event, "SubmittedEvent", Narrower)
    with pytest.raises(RuntimeError):
        validate(submitted)
