"""Anchors over HTTP: as clients of the hosted API read them, and for everybody who knows a hash."""

from __future__ import annotations

import pytest
from indelible.aws.anchors import DynamoDBAnchors
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.aws.table import Table
from indelible.checkpoints.anchor import Anchor, first_sequence_after
from indelible.checkpoints.watched import Watched
from indelible.checkpoints.workspace_map import row_key
from integration.proof_pipeline import ProofPipeline
from support.aws_faults import counting
from support.builders import DAY, NOON, SECOND
from support.contract import validator
from support.deployment import ORIGIN
from support.pipeline import Answer, Caller

ONE, MANY = "WholeAnchor", "Anchor"


def put_anchor(proof_pipeline: ProofPipeline, client: Caller) -> Anchor:
    """Store the anchor of the newest run, as the watcher does."""
    anchors = DynamoDBAnchors(proof_pipeline.table)
    newest = proof_pipeline.proofs.runs.read(proof_pipeline.now)
    state = newest.workspace(client.workspace_id)
    checkpoint = state.checkpoint(ORIGIN)
    leaf, path = newest.map.path(row_key(client.workspace_id))
    previous = next(iter(anchors.newest(client.workspace_id, 1)), None)
    end = newest.run.run_entry.time
    anchor = Anchor(
        checkpoint=checkpoint,
        first_sequence=first_sequence_after(previous, checkpoint),
        period_start=previous.period_end if previous else end,
        period_end=end,
        first_event_hash=state.event_hash,
        last_event_hash=state.event_hash,
        previous_hash=previous.hash_for_next if previous else None,
        run=newest.run.number,
        log_size=newest.run.edge.size,
        leaf=leaf,
        map_path=tuple(path),
    )
    assert anchors.put(anchor)
    return anchor


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    """A client whose workspace has the anchors of three days."""
    made = proof_pipeline.new_caller()
    for _ in range(3):
        proof_pipeline.grow(made, 5)
        proof_pipeline.run(after=DAY // SECOND)
        put_anchor(proof_pipeline, made)
    return made


def data_of(answer: Answer, schema: str) -> list[dict[str, object]]:
    """The anchors in an answer, which are as the contract says."""
    assert answer.status == 200, answer
    found = answer.json["data"]
    shown: list[dict[str, object]] = found if isinstance(found, list) else [found]
    for each in shown:
        validator(f"/components/schemas/{schema}").validate(each)
    return shown


def test_anchors_are_listed_newest_first_and_tied_to_each_other(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    shown = data_of(proof_pipeline.get(client, "/v1/anchors"), MANY)
    assert [each["tree_size"] for each in shown] == [15, 10, 5]
    assert [each["events_count"] for each in shown] == [5, 5, 5]
    assert shown[0]["period_start"] == shown[1]["period_end"]
    assert shown[2]["previous_anchor_hash"] is None
    page = data_of(proof_pipeline.get(client, "/v1/anchors", [("limit", "2")]), MANY)
    assert page == shown[:2]


@pytest.mark.parametrize("limit", ["0", "101", "x", ""])
def test_a_limit_is_from_1_to_100(
    proof_pipeline: ProofPipeline, client: Caller, limit: str
) -> None:
    answer = proof_pipeline.get(client, "/v1/anchors", [("limit", limit)])
    assert (answer.status, answer.json["error"]) == (422, "validation_failed")


def test_a_workspace_without_anchors_has_an_empty_list(proof_pipeline: ProofPipeline) -> None:
    client = proof_pipeline.new_caller()
    assert proof_pipeline.get(client, "/v1/anchors").json == {"data": []}


def test_one_anchor_is_shown_and_verified(proof_pipeline: ProofPipeline, client: Caller) -> None:
    [newest, *_] = data_of(proof_pipeline.get(client, "/v1/anchors"), MANY)
    [whole] = data_of(proof_pipeline.get(client, f"/v1/anchors/{newest['id']}"), ONE)
    assert newest.items() <= whole.items()
    [found] = data_of(
        proof_pipeline.get(client, f"/v1/anchors/{newest['id']}/verify"), "AnchorVerification"
    )
    assert (found["valid"], found["chain_valid"]) == (True, None)
    assert found["expected"] == found["actual"] == newest["merkle_root"]


def test_everybody_who_knows_its_hash_sees_and_verifies_an_anchor(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    [newest, *_] = data_of(proof_pipeline.get(client, "/v1/anchors"), MANY)
    watched = Watched([], NOON, NOON)
    DynamoDBScrubVerdicts(proof_pipeline.table).put(client.workspace_id, watched)
    query = [("tx_hash", str(newest["tx_hash"]))]
    [shown] = data_of(proof_pipeline.get(None, "/v1/public/anchors/lookup", query), "PublicAnchor")
    assert shown.items() <= newest.items()
    verify = f"/v1/public/anchors/{newest['id']}/verify"
    with counting(*proof_pipeline.clients) as calls:
        answer = proof_pipeline.get(None, verify)
    assert calls == ["GetItem", "GetItem", "GetItem"]
    [found] = data_of(answer, "AnchorVerification")
    assert (found["valid"], found["chain_valid"]) == (True, True)
    assert answer.json == proof_pipeline.get(client, verify.replace("public/", "")).json
    assert client.workspace_id not in answer.text


def test_an_anchor_of_another_workspace_is_not_found(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    other = proof_pipeline.new_caller()
    [newest, *_] = data_of(proof_pipeline.get(client, "/v1/anchors"), MANY)
    for path in (f"/v1/anchors/{newest['id']}", f"/v1/anchors/{newest['id']}/verify"):
        unknown = proof_pipeline.get(other, path.replace(str(newest["id"]), f"anc_{'0' * 64}"))
        assert unknown.status == 404
        assert proof_pipeline.get(other, path) == unknown


def test_public_routes_refuse_what_is_no_hash_and_do_not_find_unknown_ones(
    proof_pipeline: ProofPipeline,
) -> None:
    path = "/v1/public/anchors/lookup"
    answers = [
        proof_pipeline.get(None, path),
        proof_pipeline.get(None, path, [("tx_hash", "x")]),
        proof_pipeline.get(None, path, [("tx_hash", "0" * 64), ("limit", "1")]),
        proof_pipeline.get(None, path, [("tx_hash", "0" * 64)]),
        proof_pipeline.get(None, f"/v1/public/anchors/anc_{'0' * 64}/verify"),
    ]
    assert [each.status for each in answers] == [422, 422, 422, 404, 404]


def test_public_routes_read_no_chain(proof_pipeline: ProofPipeline, client: Caller) -> None:
    """Nor does it matter to them whether the chain still is there."""
    [newest, *_] = data_of(proof_pipeline.get(client, "/v1/anchors"), MANY)
    for segment in DynamoDBLedger(proof_pipeline.table).ascending(client.workspace_id, 1):
        delete(proof_pipeline.table, segment.workspace_id, segment.first_sequence)
    answer = proof_pipeline.get(None, f"/v1/public/anchors/{newest['id']}/verify")
    assert answer.json["data"]["valid"] is True


def delete(table: Table, workspace_id: str, first_sequence: int) -> None:
    key = {"pk": {"S": f"CHAIN#{workspace_id}"}, "sk": {"S": f"SEGMENT#{first_sequence:016d}"}}
    table.client.delete_item(TableName=table.name, Key=key)


def test_one_address_may_not_ask_without_end(proof_pipeline: ProofPipeline) -> None:
    path = f"/v1/public/anchors/anc_{'0' * 64}/verify"
    statuses = [proof_pipeline.get(None, path).status for _ in range(61)]
    assert statuses == [404] * 60 + [429]
