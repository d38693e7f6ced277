"""Events: limits of size, nesting and numeric precision."""

from __future__ import annotations

import json

import pytest
from indelible.chain.fields import MAX_EVENT_BYTES, MAX_METADATA_BYTES
from indelible.ingest.event import ValidEvent, validate
from support.builders import an_event
from unit.validated import fields_of, nested, problem_of


def test_metadata_has_as_many_keys_as_its_bytes_hold() -> None:
    many = {f"{n:04}": n for n in range(1_000, 6_000)}
    event = an_event(metadata=many, targets=[{"type": "t", "metadata": many}])
    assert fields_of(event) == event
    field, message = problem_of(an_event(metadata=many | {f"{n:05}": n for n in range(1_000)}))
    assert (field, "65536 bytes" in message) == ("metadata", True)


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
def test_values_that_are_not_json_numbers_are_refused(number: float) -> None:
    field, message = problem_of(an_event(metadata={"a": number}))
    assert (field, message.startswith("must be a finite number")) == ("metadata.a", True)


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
