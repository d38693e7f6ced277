"""Checkpoint files and proofs of events over HTTP: they verify, and take few calls of AWS."""

from __future__ import annotations

import re

import pytest
from indelible.accounts.keys import WRITE
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, segment_sk, string
from indelible.checkpoints.proof_file import read_proof_file
from indelible.identifiers import uuid7
from indelible.tlog.keys import VerifierKey
from indelible.verifying.proof import ProofVerdict, verify_proof
from integration.proof_pipeline import LOCKED_BUCKET, STATE_BUCKET, ProofPipeline, refused
from support.aws_faults import answering, counting
from support.builders import NOON, SECOND, a_caller
from support.deployment import damaged
from support.notes import LOG
from support.pipeline import Answer, Caller
from support.proving import POLICY

MOST_COLD, MOST_WARM = 9, 6


@pytest.fixture
def client(proof_pipeline: ProofPipeline) -> Caller:
    """A client of a new workspace."""
    return proof_pipeline.new_caller()


def verdict_of(answer: Answer) -> ProofVerdict:
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    return verify_proof(read_proof_file(answer.text.encode()), POLICY)


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


def test_before_the_first_run_nothing_is_ready(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    [event_id] = proof_pipeline.grow(client, 1)
    for path in ("/v1/checkpoint", f"/v1/events/{event_id}/proof"):
        answer = proof_pipeline.get(client, path)
        refused(answer, 409, "not_ready")
        assert answer.headers["retry-after"] == ["60"]


def test_an_event_is_ready_once_a_run_covers_it(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 1)
    proof_pipeline.run()
    [event_id] = proof_pipeline.grow(client, 1)
    path = f"/v1/events/{event_id}/proof"
    refused(proof_pipeline.get(client, path), 409, "not_ready")
    proof_pipeline.run(after=5)
    verdict_of(proof_pipeline.get(client, path))


def test_an_event_that_waits_too_long_is_said_not_to_be_covered(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 1)
    proof_pipeline.run()
    [event_id] = proof_pipeline.grow(client, 1)
    proof_pipeline.now = NOON + 601 * SECOND
    answer = proof_pipeline.get(client, f"/v1/events/{event_id}/proof")
    assert "up to record 1. The event is record 2," in refused(answer, 503, "not_covered")
    assert answer.headers["retry-after"] == ["60"]


def test_a_held_chain_answers_why(proof_pipeline: ProofPipeline, client: Caller) -> None:
    proof_pipeline.grow(client, 2)
    proof_pipeline.run()
    [event_id] = proof_pipeline.grow(client, 1)
    ledger = DynamoDBLedger(proof_pipeline.table)
    newest = ledger.newest(client.workspace_id)
    assert newest
    key = {"pk": string(chain_pk(client.workspace_id)), "sk": string(segment_sk(3))}
    proof_pipeline.table.client.delete_item(TableName=proof_pipeline.table.name, Key=key)
    proof_pipeline.append([damaged(newest)])
    proof_pipeline.run()
    message = refused(
        proof_pipeline.get(client, f"/v1/events/{event_id}/proof"), 500, "chain_damaged"
    )
    assert "record 3 does not verify (chain_break" in message


def test_an_event_that_is_not_chained_or_of_another_workspace_is_not_found(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    other = proof_pipeline.new_caller()
    _, theirs = proof_pipeline.grow(other, 2)  # the first has the same id as the client's
    proof_pipeline.grow(client, 1)
    proof_pipeline.run()
    paths = [f"/v1/events/{each}/proof" for each in (theirs, uuid7(1, bytes(10)), "x")]
    answers = [proof_pipeline.get(client, each) for each in paths]
    for answer in answers:
        refused(answer, 404, "not_found")
        assert answer == answers[0]


def test_a_caller_gets_no_proof_of_an_event_that_is_hidden_from_it(
    proof_pipeline: ProofPipeline, client: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = proof_pipeline.grow(client, 2)
    proof_pipeline.run()
    seen = a_caller(client.workspace_id, actor_id=client.workspace_id)
    hidden = a_caller(client.workspace_id, actor_id="someone else")
    for caller, status in ((seen, 200), (hidden, 404)):
        monkeypatch.setattr(proof_pipeline.proofs, "authorize", lambda *_, c=caller: c)
        answer = proof_pipeline.get(client, f"/v1/events/{ids[0]}/proof")
        assert answer.status == status


@pytest.mark.parametrize("path", ["/v1/checkpoint", "/v1/events/x/proof", "/v1/log-keys"])
def test_parameters_are_refused(proof_pipeline: ProofPipeline, client: Caller, path: str) -> None:
    answer = proof_pipeline.get(client, path, [("format", "json")])
    refused(answer, 422, "validation_failed")


@pytest.mark.parametrize("path", ["/v1/checkpoint", "/v1/events/x/proof", "/v1/anchors"])
def test_a_key_needs_the_scope_to_read(proof_pipeline: ProofPipeline, path: str) -> None:
    writer = proof_pipeline.new_caller(scopes=[WRITE])
    refused(proof_pipeline.get(writer, path), 403, "forbidden")


def test_requests_count_against_the_read_limit_of_the_workspace(
    proof_pipeline: ProofPipeline,
) -> None:
    client = proof_pipeline.new_caller(Policy(limits=Limits(requests_per_minute=3)))
    [event_id] = proof_pipeline.grow(client, 1)
    proof_pipeline.run()
    paths = ["/v1/checkpoint", f"/v1/events/{event_id}/proof", "/v1/anchors", "/v1/checkpoint"]
    answers = [proof_pipeline.get(client, each) for each in paths]
    assert [each.status for each in answers] == [200, 200, 200, 429]
    assert re.match("The workspace has reached its read limit", answers[3].json["message"])


def test_the_keys_of_the_log_need_no_api_key_and_may_be_kept_by_caches(
    proof_pipeline: ProofPipeline,
) -> None:
    assert proof_pipeline.get(None, "/v1/log-keys").json == {"data": []}
    proof_pipeline.run()
    with counting(*proof_pipeline.clients) as calls:
        answers = [proof_pipeline.get(None, "/v1/log-keys") for _ in range(2)]
    assert calls == ["ListObjectsV2", "GetObject"]
    for answer in answers:
        assert answer.json == {"data": [{"vkey": LOG.key.text, "first_size": 1}]}
        assert VerifierKey.read(answer.json["data"][0]["vkey"]) == POLICY.logs[0]
        assert answer.headers["cache-control"] == ["public, max-age=300"]


def test_one_address_may_not_ask_for_keys_without_end(proof_pipeline: ProofPipeline) -> None:
    proof_pipeline.run()
    answers = [proof_pipeline.get(None, "/v1/log-keys") for _ in range(61)]
    assert [each.status for each in answers] == [200] * 60 + [429]
    assert "This address has reached" in refused(answers[60], 429, "rate_limited")
    assert proof_pipeline.get(None, "/v1/log-keys", source_ip="203.0.113.8").status == 200


@pytest.mark.parametrize("bucket", [LOCKED_BUCKET, STATE_BUCKET])
def test_what_is_gone_from_a_bucket_is_a_fault_that_rings(
    proof_pipeline: ProofPipeline, client: Caller, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        proof_pipeline.grow(client, 300)
        proof_pipeline.run()
    for each in proof_pipeline.s3.list_object_versions(Bucket=bucket)["Versions"]:
        version = each["VersionId"]
        proof_pipeline.s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=version)
    refused(proof_pipeline.get(client, "/v1/checkpoint"), 500, "internal")
    assert '"RequestsFailed":[1.0]' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("operation", "is_s3"),
    [("GetItem", False), ("BatchGetItem", False), ("GetObject", True)],
)
def test_a_service_that_fails_is_503_and_the_next_request_succeeds(
    proof_pipeline: ProofPipeline, client: Caller, operation: str, is_s3: bool
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    with answering(proof_pipeline.clients[is_s3], operation, *["AccessDenied"] * 3):
        refused(proof_pipeline.get(client, "/v1/checkpoint"), 503, "unavailable")
    verdict_of(proof_pipeline.get(client, "/v1/checkpoint"))
