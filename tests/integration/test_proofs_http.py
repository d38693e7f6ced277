"""Checkpoint files and proofs of events over HTTP: they verify, and take few calls of AWS."""

from __future__ import annotations

from indelible.aws.witness_list import ListedWitness, WitnessList
from indelible.tlog.keys import VerifierKey
from integration.proof_answers import verdict_of
from integration.proof_pipeline import ProofPipeline, refused
from support.aws_faults import counting
from support.notes import FIRST, LOG, SECOND
from support.pipeline import Caller
from support.proving import POLICY

MOST_COLD, MOST_WARM = 9, 6


def test_the_checkpoint_file_of_the_callers_workspace_verifies(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    other = proof_pipeline.new_caller()
    proof_pipeline.grow(other, 3)
    proof_pipeline.grow(client, 5, 7)
    proof_pipeline.run()
    answer = proof_pipeline.get(client, "/v1/checkpoint")
    verdict = verdict_of(answer)
    assert (verdict.checkpoint.workspace_id, verdict.checkpoint.size) == (client.workspace_id, 12)
    assert verdict.record is None
    assert answer.headers["content-disposition"] == [
        'attachment; filename="checkpoint-12.tlog-proof"'
    ]
    assert verdict_of(proof_pipeline.get(other, "/v1/checkpoint")).checkpoint.size == 3


def test_the_checkpoint_file_has_the_newest_cosignatures(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    proof_pipeline.witness.time += 60
    assert proof_pipeline.run().published is None
    verdict = verdict_of(proof_pipeline.get(client, "/v1/checkpoint"))
    assert verdict.witnessed_at == proof_pipeline.witness.time


def test_each_event_has_a_proof(proof_pipeline: ProofPipeline, client: Caller) -> None:
    ids = proof_pipeline.grow(client, 5, 1, 7)
    proof_pipeline.run()
    for sequence, event_id in enumerate(ids, 1):
        answer = proof_pipeline.get(client, f"/v1/events/{event_id}/proof")
        record = verdict_of(answer).record
        assert record
        assert (record.id, record.sequence) == (event_id, sequence)
        name = f'attachment; filename="{event_id}.tlog-proof"'
        assert answer.headers["content-disposition"] == [name]


def test_a_proof_takes_at_most_nine_calls_cold_and_six_warm(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    """In a chain of some tiles. Those of a million records: tests/unit/test_event_proof.py."""
    ids = proof_pipeline.grow(client, *[90] * 8)
    proof_pipeline.run()
    for sequence in (1, 300, 512, 513, 720):
        path = f"/v1/events/{ids[sequence - 1]}/proof"
        proof_pipeline.start_cold()
        with counting(*proof_pipeline.clients) as cold:
            verdict_of(proof_pipeline.get(client, path))
        with counting(*proof_pipeline.clients) as warm:
            verdict_of(proof_pipeline.get(client, path))
        assert len(cold) <= MOST_COLD, (sequence, cold)
        assert len(warm) <= MOST_WARM, (sequence, warm)
        assert cold.count("BatchGetItem") == 1
        assert "BatchGetItem" not in warm


def test_a_checkpoint_file_takes_four_calls_cold_and_one_warm(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    with counting(*proof_pipeline.clients) as cold:
        verdict_of(proof_pipeline.get(client, "/v1/checkpoint"))
    with counting(*proof_pipeline.clients) as warm:
        verdict_of(proof_pipeline.get(client, "/v1/checkpoint"))
    assert cold == ["GetItem", "BatchGetItem", "GetObject", "GetObject"]
    assert warm == ["GetItem"]


def test_the_keys_of_the_log_need_no_api_key_and_may_be_kept_by_caches(
    proof_pipeline: ProofPipeline,
) -> None:
    assert proof_pipeline.get(None, "/v1/log-keys").json == {"data": [], "witnesses": []}
    proof_pipeline.run()
    proof_pipeline.start_cold()
    with counting(*proof_pipeline.clients) as calls:
        answers = [proof_pipeline.get(None, "/v1/log-keys") for _ in range(2)]
    assert calls == ["ListObjectsV2", "GetObject", "Query"]
    for answer in answers:
        assert answer.json["data"] == [{"vkey": LOG.key.text, "first_size": 1}]
        assert VerifierKey.read(answer.json["data"][0]["vkey"]) == POLICY.logs[0]
        assert answer.headers["cache-control"] == ["public, max-age=300"]


def test_the_keys_of_the_witnesses_are_those_of_the_operators_list(
    proof_pipeline: ProofPipeline,
) -> None:
    proof_pipeline.run()
    listed = WitnessList(proof_pipeline.table)
    for each in (SECOND, FIRST):
        listed.add(ListedWitness("https://witness.example", each.witness_key))
    proof_pipeline.start_cold()
    answer = proof_pipeline.get(None, "/v1/log-keys")
    for each in (SECOND, FIRST):
        listed.remove(each.name)
    assert answer.json["witnesses"] == [
        {"name": each.name, "vkey": each.witness_key.text} for each in (FIRST, SECOND)
    ]


def test_one_address_may_not_ask_for_keys_without_end(proof_pipeline: ProofPipeline) -> None:
    proof_pipeline.run()
    answers = [proof_pipeline.get(None, "/v1/log-keys") for _ in range(61)]
    assert [each.status for each in answers] == [200] * 60 + [429]
    assert "This address has reached" in refused(answers[60], 429, "rate_limited")
    assert proof_pipeline.get(None, "/v1/log-keys", source_ip="203.0.113.8").status == 200
