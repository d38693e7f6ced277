"""`GET /v1/verify` says how far a chain is covered, and which restarts it has been through."""

from __future__ import annotations

from hashlib import sha256
from types import ModuleType
from typing import Any

import pytest
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.checkpoints.requests import RestartRequest
from integration.proof_pipeline import ProofPipeline
from support.aws_faults import counting
from support.contract import validator
from support.gateway import api_event
from support.pipeline import Caller, answer_of

REASON = "the backup was older"


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    """A caller whose chain of 300 records is covered by the second run."""
    caller = proof_pipeline.new_caller()
    proof_pipeline.grow(caller, 100, 100)
    proof_pipeline.run()
    proof_pipeline.grow(caller, 100)
    proof_pipeline.run()
    return caller


def verified(query: ModuleType, pipeline: ProofPipeline, caller: Caller) -> tuple[Any, list[str]]:
    """The data of the answer, and the calls it took beside those that read key and chain."""
    headers = [("Authorization", f"Bearer {caller.key}")]
    event = api_event(None, headers, path="/v1/verify", method="GET", received_at=pipeline.now)
    with counting(query.table.client, query.s3) as made:
        answer = answer_of(query, event)
    assert answer.status == 200, answer.json
    validator("/components/schemas/Verification").validate(answer.json)
    calls = [each for each in made if each != "Query"]
    calls.remove("GetItem")  # the key
    return answer.json["data"], calls


def restart(pipeline: ProofPipeline, caller: Caller, epoch: int) -> None:
    """Lose the last 100 of 300 covered records, and let the log go on without them."""
    [last] = DynamoDBLedger(pipeline.table).segments_at(caller.workspace_id, [201])
    item = item_of(last)
    key = {"pk": item["pk"], "sk": item["sk"]}
    pipeline.table.client.delete_item(TableName=pipeline.table.name, Key=key)
    request = RestartRequest(caller.workspace_id, epoch, 200, REASON)
    pipeline.turns.request(request, pipeline.now)
    pipeline.run()


def test_it_says_up_to_where_by_whom_when_and_since_when(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    data, _ = verified(query, proof_pipeline, client)
    coverage = data["coverage"]
    assert data["valid"] is True
    assert (coverage["covered_to"], coverage["status"]) == (300, "witnessed")
    assert coverage["since"] == "2026-11-23T12:01:00Z"
    assert coverage["run_time"] == "2026-11-23T12:02:00Z"
    assert coverage["covered_between"]["to"] == "2026-11-23T12:01:02Z"
    assert coverage["restarts"] == []


def test_a_warm_process_reads_the_first_run_once(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    _, cold = verified(query, proof_pipeline, client)
    run, state, first = "GetObject", "GetObject", "GetObject"
    assert sorted(cold) == sorted(["BatchGetItem", run, state, "GetItem", first])
    _, warm = verified(query, proof_pipeline, client)
    assert warm == ["GetItem"]
    proof_pipeline.grow(client, 1)
    proof_pipeline.run()
    _, newer = verified(query, proof_pipeline, client)
    assert sorted(newer) == sorted(["BatchGetItem", run, state, "GetItem"])


def test_each_restart_is_shown_and_read_once(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    restart(proof_pipeline, client, 0)
    proof_pipeline.grow(client, 100)
    proof_pipeline.run()
    restart(proof_pipeline, client, 1)
    proof_pipeline.grow(client, 7)
    proof_pipeline.run()
    data, cold = verified(query, proof_pipeline, client)
    assert data["coverage"]["epoch"] == 2
    assert data["coverage"]["restarts"] == [
        {
            "time": time,
            "old_size": 300,
            "kept_size": 200,
            "lost": 100,
            "reason_sha256": sha256(REASON.encode()).hexdigest(),
        }
        for time in ("2026-11-23T12:03:00Z", "2026-11-23T12:05:00Z")
    ]
    assert cold.count("GetObject") == 2 + 1 + 2
    _, warm = verified(query, proof_pipeline, client)
    assert warm == ["GetItem"]
