"""GET /v1/events/{id}: one event and its proof, for its own workspace only."""

from __future__ import annotations

import base64
import json
from hashlib import sha256

import pytest
from support.aws_faults import answering, counting
from support.builders import an_event
from support.contract import validator
from support.pipeline import Answer, Caller, Pipeline

UNKNOWN = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"


def get(pipeline: Pipeline, caller: Caller, event_id: str, **parameters: object) -> Answer:
    """GET one event."""
    return pipeline.get(caller, f"/v1/events/{event_id}", **parameters)


def test_each_event_is_found_by_its_id(pipeline: Pipeline, caller: Caller) -> None:
    ids = [
        event_id
        for n in range(8)
        for event_id in pipeline.post_and_chain(
            caller, *(an_event(version=n) for _ in range(n + 1))
        )
    ]
    listed = pipeline.get(caller, "/v1/events", limit=100).json["data"]
    by_id = {each["id"]: each for each in listed}
    assert by_id.keys() == set(ids)
    for event_id in ids:
        answer = get(pipeline, caller, event_id)
        assert answer.status == 200
        validator("/components/schemas/ChainedEvent").validate(answer.json["data"])
        assert answer.json == {"data": by_id[event_id]}


@pytest.mark.parametrize("event_id", [UNKNOWN, "x", "%00", "..", UNKNOWN.upper(), "é", "0" * 5_000])
def test_an_unknown_id_is_not_found(pipeline: Pipeline, caller: Caller, event_id: str) -> None:
    pipeline.post_and_chain(caller, an_event())
    answer = get(pipeline, caller, event_id)
    assert (answer.status, answer.json["error"]) == (404, "not_found")


def test_an_event_of_another_workspace_is_answered_like_an_unknown_one(
    pipeline: Pipeline, caller: Caller
) -> None:
    other = pipeline.new_caller()
    [theirs] = pipeline.post_and_chain(other, an_event())
    pipeline.post_and_chain(caller, an_event())
    hidden, unknown = get(pipeline, caller, theirs), get(pipeline, caller, UNKNOWN)
    assert hidden.status == unknown.status == 404
    assert hidden.json == unknown.json
    assert hidden.headers == unknown.headers


def test_an_event_that_is_only_queued_is_not_found_yet(pipeline: Pipeline, caller: Caller) -> None:
    [event_id] = pipeline.post_events(caller, an_event()).ids
    assert get(pipeline, caller, event_id).status == 404
    pipeline.drain()
    assert get(pipeline, caller, event_id).status == 200


def test_the_proof_leads_from_the_record_to_the_hash_of_its_segment(
    pipeline: Pipeline, caller: Caller
) -> None:
    pipeline.post_and_chain(caller, an_event())
    ids = pipeline.post_and_chain(caller, *(an_event(version=n) for n in range(5)))
    answer = get(pipeline, caller, ids[3], proof="true")
    event = answer.json["data"]
    validator("/components/schemas/ChainedEvent").validate(event)
    proof, segment = event["proof"], event["proof"]["segment"]
    record = base64.b64decode(proof["record"])
    assert json.loads(record)["id"] == ids[3]
    assert sha256(b"\x00" + record).hexdigest() == proof["leaf_hash"]
    position = proof["sequence"] - segment["first_sequence"]
    assert segment["leaf_hashes"][position] == proof["leaf_hash"]
    links = [bytes.fromhex(segment["previous_event_hash"])]
    for leaf in segment["leaf_hashes"]:
        links.append(sha256(b"\x02" + links[-1] + bytes.fromhex(leaf)).digest())
    assert links[-1].hex() == segment["event_hash"]
    assert links[position].hex() == event["integrity"]["previous_event_hash"]
    assert links[position + 1].hex() == event["integrity"]["event_hash"]
    assert segment["count"] == len(segment["leaf_hashes"]) == 5


@pytest.mark.parametrize("parameters", [{"proof": "yes"}, {"prof": "true"}, {"proof": ""}])
def test_an_invalid_request_is_refused(
    pipeline: Pipeline, caller: Caller, parameters: dict[str, str]
) -> None:
    answer = get(pipeline, caller, UNKNOWN, **parameters)
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_a_failed_look_up_is_not_answered_with_not_found(
    pipeline: Pipeline, caller: Caller
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event())
    client = pipeline.query.table.client
    with answering(client, "Query", *["ProvisionedThroughputExceededException"] * 3):
        answer = get(pipeline, caller, event_id)
    assert (answer.status, answer.json["error"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == ["1"]


def test_a_new_event_is_found_with_one_call_besides_the_one_for_the_key(
    pipeline: Pipeline, caller: Caller
) -> None:
    for _ in range(5):
        ids = pipeline.post_and_chain(caller, *(an_event() for _ in range(20)))
    get(pipeline, caller, ids[0])
    with counting(pipeline.query.table.client) as calls:
        assert get(pipeline, caller, ids[7]).status == 200
    assert len(calls) == 2
