"""`GET /v1/events?include=proof`: what a reader needs to check the page, or why it is not there."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.clients import secretsmanager_client
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import read_records
from indelible.checkpoints.proof_file import read_proof_file
from indelible.identifiers import new_workspace_id
from indelible.verifying.proof import verify_proof
from integration.proof_pipeline import LOCKED_BUCKET, ProofPipeline
from support.aws_faults import TIMEOUT, answering, counting
from support.builders import rewritten
from support.contract import validator
from support.deployment import damaged
from support.gateway import api_event
from support.handlers import load
from support.pipeline import Answer, Caller, answer_of
from support.proving import POLICY
from support.shared_nodes import slow_root_with


@pytest.fixture
def query(proof_pipeline: ProofPipeline, environment: pytest.MonkeyPatch) -> ModuleType:
    """The function, just started."""
    secret = secretsmanager_client().create_secret(Name=new_workspace_id(), SecretString="s" * 64)
    environment.setenv("SIGNING_SECRET_ARN", secret["ARN"])
    return load("query")


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    return proof_pipeline.new_caller(Policy(Limits(requests_per_minute=1_000)))


def listed(
    query: ModuleType, pipeline: ProofPipeline, caller: Caller, **parameters: object
) -> Answer:
    """A page with its proof, as the contract has it."""
    headers = [("Authorization", f"Bearer {caller.key}")]
    wanted = [(name, str(value)) for name, value in {"include": "proof", **parameters}.items()]
    event = api_event(
        None, headers, path="/v1/events", method="GET", query=wanted, received_at=pipeline.now
    )
    answer = answer_of(query, event)
    assert answer.status == 200, answer.json
    validator("/components/schemas/EventPage").validate(answer.json)
    return answer


def assert_verifies(answer: Answer, caller: Caller) -> int:
    """The page's records are its events', and give the witnessed root. Returns its size."""
    page = answer.json
    proof = page["proof"]
    verdict = verify_proof(read_proof_file(proof["checkpoint"].encode()), POLICY)
    checkpoint = verdict.checkpoint
    assert checkpoint.workspace_id == caller.workspace_id
    assert proof["reason"] is None
    records = [(each["index"], each["record"]) for each in proof["records"]]
    assert [(index + 1, json.loads(text)["id"]) for index, text in records] == [
        (each["integrity"]["sequence"], each["id"]) for each in page["data"]
    ]
    leaves = {i: leaf_hash(text.encode()) for i, text in records if i < checkpoint.size}
    assert slow_root_with(leaves, checkpoint.size, nodes_of(proof)) == checkpoint.root
    return checkpoint.size


def nodes_of(proof: Any) -> dict[tuple[int, int], bytes]:
    names = {each: each.split("/") for each in proof["nodes"]}
    return {(int(n[0]), int(n[1])): b64decode(proof["nodes"][each]) for each, n in names.items()}


def pages(
    query: ModuleType, pipeline: ProofPipeline, caller: Caller, **parameters: object
) -> list[Answer]:
    """All pages of a list."""
    found = [listed(query, pipeline, caller, **parameters)]
    while cursor := found[-1].json["pagination"]["next_cursor"]:
        found.append(listed(query, pipeline, caller, cursor=cursor, **parameters))
    return found


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


def test_a_held_chain_says_so_beside_the_checkpoint(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    proof_pipeline.grow(client, 4)
    ledger = DynamoDBLedger(proof_pipeline.table)
    [last] = ledger.segments_at(client.workspace_id, [6])
    proof_pipeline.table.client.put_item(
        TableName=proof_pipeline.table.name, Item=item_of(damaged(last))
    )
    proof_pipeline.run()
    proof = listed(query, proof_pipeline, client).json["proof"]
    assert proof["checkpoint"]
    assert proof["reason"]["code"] == "chain_damaged"


def test_a_changed_record_is_named_by_its_leaf_and_rings_the_alarm(
    query: ModuleType,
    proof_pipeline: ProofPipeline,
    client: Caller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proof_pipeline.grow(client, *[90] * 3)
    proof_pipeline.run()
    ledger = DynamoDBLedger(proof_pipeline.table)
    [segment] = ledger.segments_at(client.workspace_id, [91])
    records = read_records(segment)
    records[9] = records[9].replace(b"document.created", b"document.deleted")
    changed = replace(rewritten(segment, records), workspace_id=client.workspace_id)
    proof_pipeline.table.client.put_item(TableName=proof_pipeline.table.name, Item=item_of(changed))
    answer = listed(query, proof_pipeline, client, order="asc", limit=100)
    proof, checked = answer.json["proof"], set()
    for each in proof["records"]:
        covered = nodes_of(proof)[0, each["index"]]
        if covered != leaf_hash(each["record"].encode()):
            checked.add(each["index"])
    assert checked == {99}
    logged = capsys.readouterr().out
    assert "page not proved" in logged
    assert '"BreaksFound":[1' in logged.replace(" ", "")


def test_a_tile_that_is_gone_withholds_the_proof_and_tells_the_operator_which(
    query: ModuleType,
    proof_pipeline: ProofPipeline,
    client: Caller,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proof_pipeline.grow(client, *[90] * 3)
    proof_pipeline.run()
    key = f"ws/{client.workspace_id}/0/tile/0/000"
    versions = proof_pipeline.s3.list_object_versions(Bucket=LOCKED_BUCKET, Prefix=key)["Versions"]
    for each in versions:
        proof_pipeline.s3.delete_object(Bucket=LOCKED_BUCKET, Key=key, VersionId=each["VersionId"])
    capsys.readouterr()
    answer = listed(query, proof_pipeline, client, order="asc")
    assert len(answer.json["data"]) == 25
    proof = answer.json["proof"]
    assert (proof["checkpoint"], proof["reason"]["code"]) == (None, "internal")
    assert key not in answer.text
    assert f"{key} is gone" in capsys.readouterr().out


def test_a_bucket_that_does_not_answer_withholds_only_the_proof(
    query: ModuleType, proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, *[90] * 3)
    proof_pipeline.run()
    with answering(query.s3, "GetObject", *[TIMEOUT] * 9):
        answer = listed(query, proof_pipeline, client)
    assert len(answer.json["data"]) == 25
    assert answer.json["proof"]["reason"]["code"] == "unavailable"
