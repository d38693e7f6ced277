"""The exporter with checkpoints on, over the buckets of a log."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest
from indelible.export_file.manifest import read_manifest
from indelible.tlog.policy import policy_of
from indelible.verifying.coverage import Assurance
from indelible.verifying.file_checkpoint import checkpoint_file_of, who_vouches
from integration.export_pipeline import ExportPipeline
from integration.proof_pipeline import ProofPipeline
from support.export_lines import breaks_of
from support.handlers import load
from support.notes import LOG


@pytest.fixture
def exporting(export_pipeline: ExportPipeline, proof_pipeline: ProofPipeline) -> ExportPipeline:
    """Exports as the function makes them in a stack with checkpoints, whose buckets are named."""
    return replace(export_pipeline, exporter=load("exporter"))


def test_a_file_carries_the_checkpoint_that_the_buckets_have(
    exporting: ExportPipeline, proof_pipeline: ProofPipeline
) -> None:
    caller = proof_pipeline.new_caller()
    proof_pipeline.grow(caller, 300, 7)
    proof_pipeline.run()
    proof_pipeline.grow(caller, 5)
    export_id = exporting.finished(caller, {"format": "ndjson"})
    file = exporting.download(caller, export_id).content
    manifest = read_manifest(gzip.decompress(file).partition(b"\n")[0])
    proof = checkpoint_file_of(manifest)
    assert proof
    assert (manifest.records, proof.checkpoint.size) == (312, 307)
    assert who_vouches(proof, policy_of(LOG.key)).status is Assurance.OPERATOR_ONLY
    assert breaks_of(file) == []


def test_before_the_first_run_a_file_says_that_it_is_not_covered(
    exporting: ExportPipeline, proof_pipeline: ProofPipeline
) -> None:
    caller = proof_pipeline.new_caller()
    proof_pipeline.grow(caller, 3)
    export_id = exporting.finished(caller, {"format": "ndjson"})
    first = gzip.decompress(exporting.download(caller, export_id).content).partition(b"\n")[0]
    assert [*json.loads(first)["checkpoint"]] == ["missing"]
