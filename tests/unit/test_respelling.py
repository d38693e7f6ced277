"""Respelling: integers as ids and `[]` for an object are kept in their one spelling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.chain.fields import EVENT_FIELDS, ID_FIELDS
from indelible.ingest.event import ValidEvent, validate
from indelible.ingest.respelling import respell
from support.builders import an_event
from unit.validated import fields_of, problem_of


@pytest.mark.parametrize("name", ID_FIELDS)
@pytest.mark.parametrize("number", [0, -1, 5, 10**17, -(2**63), 2**64 - 1])
def test_an_integer_as_an_id_becomes_its_decimal_text(name: str, number: int) -> None:
    assert fields_of(an_event(**{name: number})) == an_event(**{name: str(number)})


def test_an_integer_as_the_id_of_a_target_becomes_its_decimal_text() -> None:
    targets = [{"type": "team", "id": 7, "name": "Sales"}, {"type": "user", "id": "8"}]
    assert fields_of(an_event(targets=targets))["targets"] == [
        {"type": "team", "id": "7", "name": "Sales"},
        {"type": "user", "id": "8"},
    ]


@pytest.mark.parametrize("value", [True, 1.0, 5.5, [5], {"id": 5}])
@pytest.mark.parametrize("name", ID_FIELDS)
def test_no_other_value_is_an_id(name: str, value: object) -> None:
    field, message = problem_of(an_event(**{name: value}))
    assert (field, "must be a string" in message) == (name, True)
    target = {"type": "team", "id": value}
    assert problem_of(an_event(targets=[target])) == ("targets.0.id", message)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**4_000])
def test_an_id_beyond_64_bits_is_sent_as_a_string(number: int) -> None:
    problem = "must fit in 64 bits; send larger numbers as strings"
    assert problem_of(an_event(tenant_id=number)) == ("tenant_id", problem)


@pytest.mark.parametrize("name", sorted(EVENT_FIELDS - {*ID_FIELDS, "version"}))
def test_an_integer_is_no_value_of_other_fields(name: str) -> None:
    field, message = problem_of(an_event(**{name: 5}))
    assert (field, message.startswith(("must be ", "is a number"))) == (name, True)


def test_an_empty_array_as_metadata_is_an_empty_object() -> None:
    event = an_event(metadata=[], targets=[{"type": "team", "metadata": []}])
    kept = fields_of(event)
    assert (kept["metadata"], kept["targets"][0]["metadata"]) == ({}, {})


def test_an_empty_array_as_an_event_or_as_a_target_lacks_its_required_fields() -> None:
    assert validate([]) == validate({})
    assert problem_of(an_event(targets=[{"type": "team"}, []]))[0] == "targets.1.type"


@pytest.mark.parametrize("value", [[None], [[]], [{}], ["a", "b"], [["key", 1]]])
def test_an_array_with_items_is_no_object(value: object) -> None:
    field, message = problem_of(an_event(metadata=value))
    assert (field, "name the values of the array" in message) == ("metadata", True)
    field, message = problem_of(an_event(targets=[{"type": "team", "metadata": value}]))
    assert (field, "name the values of the array" in message) == ("targets.0.metadata", True)


def test_empty_arrays_inside_metadata_are_kept() -> None:
    event = an_event(metadata={"roles": [], "groups": [[], {}]})
    assert fields_of(event) == event


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"actor_id": 5}, {"actor_id": "5"}),
        ({"metadata": []}, {"metadata": {}}),
        ({"targets": [{"type": "t", "id": 5}]}, {"targets": [{"type": "t", "id": "5"}]}),
    ],
)
def test_both_spellings_are_the_same_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    """A retry of a client that was changed in between is no conflict."""
    events = [validate(an_event(idempotency_key="k", **each)) for each in (one, other)]
    assert all(isinstance(each, ValidEvent) for each in events)
    assert events[0] == events[1]


def test_the_submitted_event_is_not_changed() -> None:
    event = an_event(actor_id=5, targets=[{"type": "t", "id": 5, "metadata": []}])
    validate(event)
    assert event == an_event(actor_id=5, targets=[{"type": "t", "id": 5, "metadata": []}])


@given(st.dictionaries(st.sampled_from(sorted(EVENT_FIELDS)), st.text() | st.floats() | st.none()))
def test_an_event_in_its_one_spelling_is_returned_itself(event: dict[str, Any]) -> None:
    assert respell(event) is event
