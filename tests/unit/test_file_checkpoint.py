"""The checkpoint in an export file: what it covers, and that nothing else passes for that."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from indelible.chain.hashes import hash_text
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.proof_file import read_proof_file
from indelible.errors import Unreadable
from indelible.export_file.checkpoint import NoCheckpoint
from indelible.export_file.manifest import read_manifest
from indelible.export_file.reader import ExportReader
from indelible.filters import Filters, read_filters
from indelible.tlog.policy import policy_of
from indelible.verifying.coverage import Assurance
from indelible.verifying.export_file import verify_file
from indelible.verifying.file_checkpoint import checkpoint_file_of, who_vouches
from indelible.verifying.proof import FailedStep
from support.builders import NOON, SECOND
from support.covered_files import (
    CHAIN,
    a_covered_chain,
    between,
    checkpoint_in,
    covered,
    covered_lines,
    covered_manifest,
    lines_after,
)
from support.deployment import damaged
from support.export_lines import kinds, lines_of, packed
from support.memory_witness import MemoryWitness
from support.notes import LOG, Signer
from support.proving import POLICY, a_deployment


def test_a_whole_chain_folds_to_the_root_of_its_checkpoint() -> None:
    lines = covered_lines(covered())
    assert kinds(packed(lines)) == []
    found = checkpoint_in(lines)
    assert (found.left, found.right) == ((), ())
    assert read_proof_file(found.file).checkpoint.size == 700


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (1, 1),
        (1, 256),
        (1, 699),
        (2, 2),
        (256, 257),
        (257, 512),
        (300, 699),
        (513, 700),
        (700, 700),
    ],
)
@pytest.mark.parametrize("segments", [None, 37, 74])
def test_a_range_folds_with_the_hashes_beside_it(
    first: int, last: int, segments: int | None
) -> None:
    """Sizes 700, 259 and 518: the range may begin, end or lie beyond what is covered."""
    deployment = covered(segments)
    lines = covered_lines(deployment, between(first, last))
    assert kinds(packed(lines)) == []
    found = checkpoint_in(lines)
    assert len(found.left) <= 10
    assert len(found.right) <= 10
    if first <= read_proof_file(found.file).checkpoint.size:
        assert len(found.left) == (first - 1).bit_count()
    else:
        assert (found.left, found.right) == ((), ())


def test_filters_leave_out_records_and_no_leaf() -> None:
    lines = covered_lines(covered(), read_filters({"actor_id": "nobody"}))
    assert kinds(packed(lines)) == []


def test_a_file_with_an_unreadable_segment_is_broken_there_and_not_compared() -> None:
    deployment = a_covered_chain(CHAIN)
    damaged = replace(CHAIN[3], records=b"no zstd")
    deployment.ledger.chains["ws_test"][damaged.first_sequence] = damaged
    assert kinds(packed(covered_lines(deployment))) == [("unreadable", 22)]


def test_files_without_checkpoints_are_of_version_1_and_those_with_one_of_version_2() -> None:
    """A reader of version 1 says that it does not know version 2."""
    plain = json.loads(lines_of(CHAIN)[0])
    carrying = json.loads(covered_lines(covered())[0])
    assert (plain["version"], carrying["version"]) == (1, 2)
    assert [*carrying][:-1] == [*plain]
    for wrong in (carrying | {"version": 1}, plain | {"version": 2}):
        with pytest.raises(Unreadable, match="contradicts itself"):
            read_manifest(json.dumps(wrong).encode())
    with pytest.raises(Unreadable, match="indelible-export 3 is unknown, not indelible-export 1"):
        read_manifest(json.dumps(carrying | {"version": 3}).encode())


def test_before_the_first_run_a_file_says_that_nothing_is_covered() -> None:
    deployment = a_deployment()
    deployment.append(CHAIN[:3])
    manifest = covered_manifest(deployment)
    assert manifest.checkpoint == NoCheckpoint("The log covers no event of this workspace yet.")
    assert read_manifest(manifest.as_line()) == manifest
    assert kinds(packed(lines_after(manifest, CHAIN[:3], Filters()))) == []


def test_a_chain_that_is_held_from_its_first_record_is_exported_and_says_so() -> None:
    deployment = a_covered_chain([damaged(CHAIN[0])])
    manifest = covered_manifest(deployment)
    assert isinstance(manifest.checkpoint, NoCheckpoint)
    assert "chain_break" in manifest.checkpoint.reason


def test_damage_of_the_log_is_no_reason_to_withhold_an_export() -> None:
    deployment = a_covered_chain(CHAIN)
    deployment.states.versions.clear()
    manifest = covered_manifest(deployment)
    assert isinstance(manifest.checkpoint, NoCheckpoint)
    assert "state of run 1 is gone" in manifest.checkpoint.reason
    assert run_key(1) in deployment.bucket.objects


def test_a_policy_says_who_vouches_for_a_file() -> None:
    proof = checkpoint_file_of(covered_manifest(covered()))
    assert proof
    unchecked = who_vouches(proof, None)
    assert unchecked.status is Assurance.NOT_CHECKED
    assert unchecked.detail == "give the keys that you trust with --policy FILE"
    witnessed = who_vouches(proof, POLICY)
    assert witnessed.status is Assurance.WITNESSED
    assert witnessed.covered_by == MemoryWitness().time
    alone = who_vouches(proof, policy_of(LOG.key))
    assert alone.status is Assurance.OPERATOR_ONLY
    assert alone.covered_by == alone.run_time == NOON // SECOND + 60
    stranger = Signer(LOG.name, "another").key
    with pytest.raises(FailedStep, match="step signature"):
        who_vouches(proof, policy_of(stranger))


def test_the_head_of_a_file_is_that_of_its_manifest_with_a_checkpoint_too() -> None:
    reader = ExportReader(io.BytesIO(packed(covered_lines(covered()))))
    *_, last = verify_file(reader)
    assert hash_text(last.head.event_hash) == hash_text(CHAIN[-1].event_hash)
