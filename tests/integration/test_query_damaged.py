"""Lists and events by id never show as intact what does not hash; the alarm counts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from indelible.chain.segment import Segment
from integration.stored_chain import (
    Chain,
    Tamper,
    change_a_byte,
    delete_a_segment,
    garble_a_segment,
    put_a_bomb_in_its_place,
    put_no_segment_in_its_place,
    rewrite_a_segment_and_its_hashes,
    swap_two_records,
)
from support.contract import validator
from support.pipeline import Answer, Caller, Pipeline

EVENTS = "/v1/events"
NO_PROMISE = {"intact": False, "event_hash": None, "previous_event_hash": None}


def change(alter: Callable[[Segment], Segment]) -> Tamper:
    """A manual change of the second segment's item."""

    def act(chain: Chain) -> None:
        chain.write(alter(chain.read(4)))

    return act


MARKED = {
    "a byte": change_a_byte,
    "two records swapped": swap_two_records,
    "leaf prefixes": change(lambda each: replace(each, leaf_prefixes=bytes(12))),
    "event hash": change(lambda each: replace(each, event_hash=bytes(32))),
    "hash before": change(lambda each: replace(each, previous_event_hash=bytes(32))),
    "first time": change(lambda each: replace(each, first_created_at=each.first_created_at - 1)),
}
UNREADABLE = [garble_a_segment, put_a_bomb_in_its_place, put_no_segment_in_its_place]

marked = pytest.mark.parametrize("tamper", MARKED.values(), ids=MARKED)


@pytest.fixture
def chain(pipeline: Pipeline, caller: Caller) -> Chain:
    return Chain(pipeline, caller)


def listed(pipeline: Pipeline, caller: Caller, **parameters: object) -> dict[str, Any]:
    """The answer to a list, which has the form of the contract."""
    answer = pipeline.get(caller, EVENTS, **parameters)
    assert answer.status == 200, answer.json
    validator("/components/schemas/EventPage").validate(answer.json)
    return answer.json


def fetched(pipeline: Pipeline, caller: Caller, event_id: str, **parameters: object) -> Answer:
    return pipeline.get(caller, f"{EVENTS}/{event_id}", **parameters)


def metrics_of(output: str) -> list[float]:
    """What was counted toward the alarm."""
    documents = [json.loads(line) for line in output.splitlines()]
    return [count for each in documents for count in each.get("BreaksFound", [])]


@marked
def test_a_list_marks_what_does_not_hash(
    pipeline: Pipeline, caller: Caller, chain: Chain, tamper: Tamper
) -> None:
    tamper(chain)
    answer = listed(pipeline, caller)
    assert answer["damaged"] is True
    shown = [each["integrity"] for each in answer["data"]]
    assert [each["sequence"] for each in shown] == [*range(15, 0, -1)]
    assert [each for each in shown if not each["intact"]] == [
        NO_PROMISE | {"sequence": sequence} for sequence in (6, 5, 4)
    ]


@marked
def test_a_page_without_an_event_of_the_damaged_segment_is_as_ever(
    pipeline: Pipeline, caller: Caller, chain: Chain, tamper: Tamper
) -> None:
    tamper(chain)
    answer = listed(pipeline, caller, limit=9)
    assert answer.keys() == {"data", "pagination"}
    assert all(each["integrity"]["intact"] for each in answer["data"])


@pytest.mark.parametrize("parameters", [{}, {"proof": "true"}], ids=["plain", "proof"])
@marked
def test_an_event_that_does_not_hash_is_marked_and_has_no_proof(
    pipeline: Pipeline,
    caller: Caller,
    chain: Chain,
    tamper: Tamper,
    parameters: dict[str, str],
) -> None:
    tamper(chain)
    for event_id in chain.ids[3:6]:
        answer = fetched(pipeline, caller, event_id, **parameters)
        assert answer.status == 200
        assert answer.json["damaged"] is True
        event = answer.json["data"]
        validator("/components/schemas/ChainedEvent").validate(event)
        assert event["integrity"] == NO_PROMISE | {"sequence": event["integrity"]["sequence"]}
        assert event.get("proof", "absent") == (None if parameters else "absent")


@marked
def test_an_event_of_another_segment_is_intact(
    pipeline: Pipeline, caller: Caller, chain: Chain, tamper: Tamper
) -> None:
    tamper(chain)
    answer = fetched(pipeline, caller, chain.ids[7], proof="true")
    assert answer.json.keys() == {"data"}
    assert answer.json["data"]["integrity"]["intact"] is True
    assert answer.json["data"]["proof"]["sequence"] == 8


def test_hashes_that_fit_are_intact_since_only_verify_checks_the_links(
    pipeline: Pipeline, caller: Caller, chain: Chain
) -> None:
    rewrite_a_segment_and_its_hashes(chain)
    answer = listed(pipeline, caller)
    assert answer.keys() == {"data", "pagination"}
    assert all(each["integrity"]["intact"] for each in answer["data"])
    event = fetched(pipeline, caller, chain.ids[4], proof="true").json["data"]
    assert (event["integrity"]["intact"], event["proof"]["sequence"]) == (True, 5)
    verified = pipeline.get(caller, "/v1/verify").json["data"]
    assert [each["type"] for each in verified["breaks"]] == ["chain_break"]


@pytest.mark.parametrize("tamper", [*UNREADABLE, delete_a_segment], ids=lambda each: each.__name__)
def test_what_cannot_be_read_is_not_listed_as_if_the_chain_were_whole(
    pipeline: Pipeline, caller: Caller, chain: Chain, tamper: Tamper
) -> None:
    tamper(chain)
    answer = pipeline.get(caller, EVENTS)
    assert (answer.status, answer.json["error"]) == (500, "chain_damaged")


# ---- the alarm -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tamper", [*MARKED.values(), *UNREADABLE], ids=[*MARKED, *(t.__name__ for t in UNREADABLE)]
)
def test_damage_that_a_list_or_a_look_up_meets_counts_toward_the_alarm(
    pipeline: Pipeline,
    caller: Caller,
    chain: Chain,
    tamper: Tamper,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tamper(chain)
    capsys.readouterr()
    pipeline.get(caller, EVENTS)
    assert metrics_of(capsys.readouterr().out) == [1.0]
    fetched(pipeline, caller, chain.ids[4])
    assert metrics_of(capsys.readouterr().out) == [1.0]


def test_the_log_names_the_workspace_and_the_place_and_shows_no_event(
    pipeline: Pipeline, caller: Caller, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    change_a_byte(chain)
    capsys.readouterr()
    listed(pipeline, caller)
    output = capsys.readouterr().out
    lines = [each for each in map(json.loads, output.splitlines()) if each.get("level")]
    [line] = [each for each in lines if each["level"] == "ERROR"]
    assert line["message"] == "chain damaged"
    assert (line["workspace_id"], line["segments"]) == (caller.workspace_id, [4])
    assert "user_" not in output


def test_reading_a_sound_chain_does_not_count_toward_the_alarm(
    pipeline: Pipeline, caller: Caller, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    listed(pipeline, caller)
    fetched(pipeline, caller, chain.ids[4], proof="true")
    fetched(pipeline, caller, "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17")
    assert metrics_of(capsys.readouterr().out) == []
