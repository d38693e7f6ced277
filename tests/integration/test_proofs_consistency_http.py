"""Consistency over HTTP: the holder of an older file sees that nothing was taken back."""

from __future__ import annotations

import pytest
from indelible.checkpoints.consistency import read_consistency
from indelible.checkpoints.proof_file import read_proof_file
from indelible.verifying.consistency import verify_consistency
from integration.proof_pipeline import ProofPipeline, refused
from support.contract import validator
from support.pipeline import Caller
from support.proving import POLICY


def test_the_holder_of_an_older_file_sees_that_the_log_goes_on_from_it(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5, 7)
    proof_pipeline.run()
    old = read_proof_file(proof_pipeline.get(client, "/v1/checkpoint").text.encode())
    proof_pipeline.grow(client, 300)
    proof_pipeline.run()
    query = [("log", str(old.log_index + 1)), ("workspace", "12")]
    answer = proof_pipeline.get(client, "/v1/checkpoint/consistency", query)
    assert answer.status == 200, answer
    validator("/components/schemas/Consistency").validate(answer.json)
    found = verify_consistency(old, read_consistency(answer.text.encode()), POLICY)
    assert (found.is_shown, found.newest.checkpoint.size) == (True, 312)


def test_a_process_that_knows_an_older_run_does_not_deny_a_newer_file(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    """The holder would take the log for one that became shorter."""
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    path, warm = "/v1/checkpoint/consistency", proof_pipeline.proofs
    proof_pipeline.get(client, path, [("log", "1"), ("workspace", "5")])
    proof_pipeline.grow(client, 3)
    proof_pipeline.run(after=5)
    proof_pipeline.start_cold()
    kept = read_proof_file(proof_pipeline.get(client, "/v1/checkpoint").text.encode())
    proof_pipeline.proofs = warm
    query = [("log", str(kept.log_index + 1)), ("workspace", "8")]
    answer = proof_pipeline.get(client, path, query)
    found = verify_consistency(kept, read_consistency(answer.text.encode()), POLICY)
    assert (found.is_shown, found.newest.checkpoint.size) == (True, 8)


def test_sizes_that_the_trees_never_had_have_no_path(
    proof_pipeline: ProofPipeline, client: Caller
) -> None:
    proof_pipeline.grow(client, 5)
    proof_pipeline.run()
    path = "/v1/checkpoint/consistency"
    answer = proof_pipeline.get(client, path, [("log", "999999999"), ("workspace", "6")])
    validator("/components/schemas/Consistency").validate(answer.json)
    assert (answer.json["log"], answer.json["workspace"]) == (None, None)


@pytest.mark.parametrize(
    "query",
    [{}, {"log": "1"}, {"log": "-1", "workspace": "1"}, {"log": "1", "workspace": "x"},
     {"log": "1", "workspace": "1", "more": "1"}, {"log": "1" * 19, "workspace": "1"}],
)  # fmt: skip
def test_sizes_are_whole_numbers(
    proof_pipeline: ProofPipeline, client: Caller, query: dict[str, str]
) -> None:
    answer = proof_pipeline.get(client, "/v1/checkpoint/consistency", [*query.items()])
    refused(answer, 422, "validation_failed")
