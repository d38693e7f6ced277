"""`GET /v1/events?include=proof`: what a reader needs to check the page."""

from __future__ import annotations

from types import ModuleType

import pytest
from integration.page_answers import assert_verifies, listed, pages
from integration.proof_pipeline import ProofPipeline
from support.aws_faults import counting
from support.gateway import api_event
from support.pipeline import Caller, answer_of


def test_every_page_of_a_list_verifies_in_both_orders(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, *[90] * 6)
    proof_pipeline.run()
    for order in ("desc", "asc"):
        found = pages(query, proof_pipeline, client, limit=75, order=order)
        sizes = [assert_verifies(each, client) for each in found]
        assert sizes == [540] * 8
        assert sum(len(each.json["data"]) for each in found) == 540


def test_events_that_are_not_covered_yet_are_on_the_page_and_need_no_node(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    proof_pipeline.grow(client, 3)
    answer = listed(query, proof_pipeline, client)
    assert (assert_verifies(answer, client), len(answer.json["data"])) == (5, 8)
    proof_pipeline.run(after=5)
    assert assert_verifies(listed(query, proof_pipeline, client), client) == 8


def test_a_warm_page_takes_one_call_for_each_tile_and_none_for_the_log(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, *[90] * 8)
    proof_pipeline.run()
    listed(query, proof_pipeline, client, order="asc")
    with counting(query.table.client, query.s3) as calls:
        assert_verifies(listed(query, proof_pipeline, client, order="asc", limit=100), client)
    assert calls.count("GetObject") == 2
    assert "BatchGetItem" not in calls


def test_without_include_there_is_no_proof_and_no_call_for_one(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 300)
    proof_pipeline.run()
    headers = [("Authorization", f"Bearer {client.key}")]
    event = api_event(
        None, headers, path="/v1/events", method="GET", received_at=proof_pipeline.now
    )
    with counting(query.s3) as calls:
        answer = answer_of(query, event)
    assert answer.json.keys() == {"data", "pagination"}
    assert calls == []


@pytest.mark.parametrize("value", ["", "proofs", "proof,proof", "PROOF"])
def test_only_a_proof_can_be_included(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller, value: str
) -> None:
    headers = [("Authorization", f"Bearer {client.key}")]
    event = api_event(
        None,
        headers,
        path="/v1/events",
        method="GET",
        query=[("include", value)],
        received_at=proof_pipeline.now,
    )
    answer = answer_of(query, event)
    assert (answer.status, answer.json["message"]) == (422, "`include` can only be proof.")


def test_before_the_first_run_and_without_checkpoints_the_page_says_why(
    query: ModuleType,
    proof_pipeline: ProofPipeline,
    client: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proof_pipeline.grow(client, 2)
    reasons = [listed(query, proof_pipeline, client).json["proof"]]
    monkeypatch.setattr(query, "log", None)
    reasons.append(listed(query, proof_pipeline, client).json["proof"])
    assert [each["reason"]["code"] for each in reasons] == ["not_ready", "checkpoints_off"]
    for each in reasons:
        assert (each["checkpoint"], each["nodes"], len(each["records"])) == (None, {}, 2)
