"""A page whose proof cannot be made, or whose records were changed: the answer says so."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import read_records
from integration.page_answers import listed, nodes_of
from integration.proof_pipeline import LOCKED_BUCKET, ProofPipeline
from support.aws_faults import TIMEOUT, answering
from support.builders import rewritten
from support.deployment import damaged
from support.pipeline import Caller


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
