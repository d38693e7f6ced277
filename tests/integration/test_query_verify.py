"""GET /v1/verify finds every manual change of the table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from integration.stored_chain import (
    Chain,
    Tamper,
    change_a_byte,
    delete_a_segment,
    garble_a_segment,
    insert_a_record,
    put_a_bomb_in_its_place,
    put_no_segment_in_its_place,
    remove_a_record,
    rewrite_a_segment_and_its_hashes,
    swap_two_records,
)
from support.contract import validator
from support.pipeline import Answer, Caller, Pipeline

VERIFY = "/v1/verify"


@pytest.fixture
def chain(pipeline: Pipeline, caller: Caller) -> Chain:
    return Chain(pipeline, caller)


TAMPERED: list[tuple[Tamper, list[tuple[str, int]]]] = [
    (change_a_byte, [("hash_mismatch", 5)]),
    (remove_a_record, [("time_order", 5), ("sequence_gap", 7), ("chain_break", 7)]),
    (
        insert_a_record,
        [("sequence_gap", 7), ("time_order", 7), ("sequence_gap", 7), ("chain_break", 7)],
    ),
    (
        swap_two_records,
        [
            ("hash_mismatch", 4),
            ("sequence_gap", 4),
            ("hash_mismatch", 5),
            ("sequence_gap", 5),
            ("time_order", 5),
            ("time_order", 4),
        ],
    ),
    (delete_a_segment, [("sequence_gap", 7), ("chain_break", 7)]),
    (rewrite_a_segment_and_its_hashes, [("chain_break", 7)]),
    (garble_a_segment, [("unreadable", 4)]),
    (put_a_bomb_in_its_place, [("unreadable", 4)]),
    (put_no_segment_in_its_place, [("unreadable", 4), ("sequence_gap", 7), ("chain_break", 7)]),
]


def name_of(value: object) -> str:
    """The id of a case."""
    return getattr(value, "__name__", "")


def data_of(answer: Answer) -> dict[str, Any]:
    """The data of the breaks found."""
    assert answer.status == 200, answer.json
    validator("/components/schemas/Verification").validate(answer.json)
    data: dict[str, Any] = answer.json["data"]
    return data


def test_a_sound_chain_is_valid(pipeline: Pipeline, caller: Caller, chain: Chain) -> None:
    head = {"sequence": 15, "event_hash": chain.read(13).event_hash.hex()}
    assert data_of(pipeline.get(caller, VERIFY)) == {
        "valid": True,
        "events_checked": 15,
        "breaks": [],
        "head": head,
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("tamper", "expected"), TAMPERED, ids=lambda each: getattr(each, "__name__", "")
)
def test_tampering_is_found_and_named(
    pipeline: Pipeline,
    caller: Caller,
    chain: Chain,
    tamper: Tamper,
    expected: list[tuple[str, int]],
) -> None:
    tamper(chain)
    data = data_of(pipeline.get(caller, VERIFY))
    assert data["valid"] is False
    found = [(each["type"], each["sequence"]) for each in data["breaks"]]
    assert found == expected


@pytest.mark.parametrize(
    "tamper", [tamper for tamper, _ in TAMPERED], ids=lambda each: each.__name__
)
def test_verifying_in_parts_finds_the_same_breaks(
    pipeline: Pipeline, caller: Caller, chain: Chain, tamper: Tamper
) -> None:
    tamper(chain)
    whole = data_of(pipeline.get(caller, VERIFY))
    part = data_of(pipeline.get(caller, VERIFY, limit=1))
    breaks, events = [*part["breaks"]], part["events_checked"]
    while part["next_cursor"]:
        part = data_of(pipeline.get(caller, VERIFY, limit=1, cursor=part["next_cursor"]))
        breaks += part["breaks"]
        events += part["events_checked"]
    assert (breaks, events, part["head"]) == (
        whole["breaks"],
        whole["events_checked"],
        whole["head"],
    )


def test_a_part_is_chosen_by_time(pipeline: Pipeline, caller: Caller, chain: Chain) -> None:
    times = [each["created_at"] for each in pipeline.chain(caller.workspace_id)]
    data = data_of(pipeline.get(caller, VERIFY, from_=times[4], to=times[8]))
    and_the_next = (9, 12)
    assert (data["events_checked"], data["head"]["sequence"]) == and_the_next
    change_a_byte(chain)
    assert data_of(pipeline.get(caller, VERIFY, from_=times[7]))["valid"] is True
    assert data_of(pipeline.get(caller, VERIFY, from_=times[6]))["valid"] is False
    assert data_of(pipeline.get(caller, VERIFY, to=times[4]))["valid"] is False


def test_a_break_counts_toward_the_alarm(
    pipeline: Pipeline, caller: Caller, chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    change_a_byte(chain)
    capsys.readouterr()
    pipeline.get(caller, VERIFY)
    output = capsys.readouterr().out
    assert '"BreaksFound":[1.0]' in output.replace(" ", "")
    lines = [json.loads(each) for each in output.splitlines()]
    [line] = [each for each in lines if each.get("message") == "chain broken"]
    assert (line["workspace_id"], line["types"]) == (caller.workspace_id, ["hash_mismatch"])


def test_a_workspace_verifies_its_own_chain_only(
    pipeline: Pipeline, caller: Caller, chain: Chain
) -> None:
    other = pipeline.new_caller()
    change_a_byte(chain)
    data = data_of(pipeline.get(other, VERIFY))
    assert (data["valid"], data["events_checked"], data["head"]) == (True, 0, None)
    cursor = data_of(pipeline.get(caller, VERIFY, limit=1))["next_cursor"]
    assert pipeline.get(other, VERIFY, cursor=cursor).status == 400


@pytest.mark.parametrize("parameters", [{"limit": 50_001}, {"actor_id": "x"}, {"proof": "true"}])
def test_an_invalid_request_is_refused(
    pipeline: Pipeline, caller: Caller, parameters: dict[str, object]
) -> None:
    answer = pipeline.get(caller, VERIFY, **parameters)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")
