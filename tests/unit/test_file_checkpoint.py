"""The checkpoint in an export file: what it covers, and that nothing else passes for that."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from indelible.chain.hashes import EMPTY, hash_text
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.proof_file import read_proof_file
from indelible.errors import Unreadable
from indelible.export_file.checkpoint import FileCheckpoint, NoCheckpoint
from indelible.export_file.manifest import read_manifest
from indelible.export_file.reader import ExportReader
from indelible.filters import Filters, read_filters
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.tlog.policy import policy_of
from indelible.verifying.export_file import verify_file
from indelible.verifying.file_checkpoint import checkpoint_file_of, who_vouches
from indelible.verifying.proof import Assurance, FailedStep
from support.builders import NOON, SECOND, a_chain, records_of, rewritten
from support.covered_files import a_covered_chain, covered_lines, covered_manifest, lines_after
from support.deployment import Deployment, damaged
from support.export_lines import kinds, lines_of, packed
from support.notes import LOG, Signer
from support.proving import POLICY, a_deployment, runs_of

CHAIN = a_chain(700, 7)
MISMATCH = "checkpoint_mismatch"


@cache
def covered(segments: int | None = None) -> Deployment:
    """The chain, of which so many segments are covered."""
    return a_covered_chain(CHAIN, segments)


def between(first: int, last: int) -> Filters:
    """The records of these sequences, by their times."""
    return Filters({}, NOON + first * SECOND, NOON + last * SECOND)


def checkpoint_in(lines: list[bytes]) -> FileCheckpoint:
    """The checkpoint in a file."""
    found = read_manifest(lines[0]).checkpoint
    assert isinstance(found, FileCheckpoint)
    return found


def with_checkpoint_changed(lines: list[bytes], **changes: Any) -> list[bytes]:
    """The file with other values in its checkpoint."""
    manifest = json.loads(lines[0])
    manifest["checkpoint"] |= changes
    return [json.dumps(manifest).encode() + b"\n", *lines[1:]]


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


@pytest.mark.parametrize("bounds", [None, (300, 650)])
def test_a_chain_rewritten_with_fitting_hashes_is_not_the_covered_one(
    bounds: tuple[int, int] | None,
) -> None:
    """Without a kept head, nothing else finds it."""
    filters = between(*bounds) if bounds else Filters()
    manifest = covered_manifest(covered(), filters)
    head, chain = EMPTY, list[Any]()
    for each in CHAIN:
        records = [one.replace(b"document", b"documemt") for one in records_of([each])]
        chain.append(rewritten(replace(each, previous_event_hash=head.event_hash), records))
        head = chain[-1].head
    plain = read_manifest(lines_of(chain, filters)[0])
    lines = lines_after(replace(plain, checkpoint=manifest.checkpoint), chain, filters)
    last = bounds[1] if bounds else 700
    assert kinds(packed(lines)) == [(MISMATCH, last)]


def test_a_chain_cut_off_before_its_covered_end_is_found() -> None:
    deployment = covered()
    shorter = lines_of(CHAIN[:-1])
    manifest = read_manifest(shorter[0])
    forged = replace(manifest, checkpoint=covered_manifest(deployment).checkpoint)
    assert kinds(packed([forged.as_line(), *shorter[1:]])) == [(MISMATCH, 693)]


def other_root(lines: list[bytes]) -> list[bytes]:
    proof = read_proof_file(checkpoint_in(lines).file)
    changed = replace(proof, checkpoint=replace(proof.checkpoint, root=bytes(32)))
    return with_checkpoint_changed(lines, file=changed.encoded.decode())


def of_another(lines: list[bytes]) -> list[bytes]:
    """The valid checkpoint of another workspace."""
    deployment = a_deployment()
    deployment.grow("ws_other", 700)
    deployment.run()
    newest = runs_of(deployment).read(deployment.now)
    return with_checkpoint_changed(
        lines, file=make_checkpoint_file(newest, "ws_other").encoded.decode()
    )


def older(lines: list[bytes]) -> list[bytes]:
    """An entry that is not the newest of the log, offered as if it were."""
    proof = read_proof_file(checkpoint_in(lines).file)
    return with_checkpoint_changed(lines, file=replace(proof, log_index=3).encoded.decode())


FORGED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a hash on the left too many": lambda lines: with_checkpoint_changed(lines, left=["00" * 32]),
    "a hash on the right too many": lambda lines: with_checkpoint_changed(lines, right=["00" * 32]),
    "no checkpoint file": lambda lines: with_checkpoint_changed(lines, file="nonsense\n"),
    "another root": other_root,
    "another workspace": of_another,
    "another entry": older,
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_checkpoint_is_a_break(kind: str) -> None:
    assert kinds(packed(FORGED[kind](covered_lines(covered())))) == [(MISMATCH, 700)]


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_hash_beside_a_range_matters(side: str) -> None:
    lines = covered_lines(covered(), between(300, 650))
    hashes = json.loads(lines[0])["checkpoint"][side]
    assert hashes
    for index in range(len(hashes)):
        changed = [*hashes[:index], "ab" * 32, *hashes[index + 1 :]]
        file = packed(with_checkpoint_changed(lines, **{side: changed}))
        assert kinds(file) == [(MISMATCH, 650)]
    assert kinds(packed(with_checkpoint_changed(lines, **{side: hashes[:-1]})))[-1][0] == MISMATCH


def test_a_file_with_an_unreadable_segment_is_broken_there_and_not_compared() -> None:
    deployment = a_covered_chain(CHAIN)
    damaged = replace(CHAIN[3], records=b"no zstd")
    deployment.ledger.chains["ws_test"][damaged.first_sequence] = damaged
    assert kinds(packed(covered_lines(deployment))) == [("unreadable", 22)]


@pytest.mark.parametrize(
    "checkpoint",
    [
        {},
        {"file": "x"},
        {"file": "x", "left": [], "right": [], "missing": "why"},
        {"file": "x", "left": ["no hash"], "right": []},
        {"file": "x", "left": ["00" * 32] * 65, "right": []},
        {"missing": 5},
        {"missing": "why", "more": 1},
        None,
    ],
)
def test_a_manifest_with_a_malformed_checkpoint_is_refused(checkpoint: object) -> None:
    manifest = json.loads(covered_lines(covered())[0]) | {"checkpoint": checkpoint}
    with pytest.raises(Unreadable):
        read_manifest(json.dumps(manifest).encode())


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
    assert who_vouches(proof, None).assurance is None
    witnessed = who_vouches(proof, POLICY)
    assert witnessed.assurance is Assurance.WITNESSED
    assert witnessed.witnessed_at is not None
    assert who_vouches(proof, policy_of(LOG.key)).assurance is Assurance.OPERATOR_ONLY
    stranger = Signer(LOG.name, "another").key
    with pytest.raises(FailedStep, match="step signature"):
        who_vouches(proof, policy_of(stranger))


def test_the_head_of_a_file_is_that_of_its_manifest_with_a_checkpoint_too() -> None:
    reader = ExportReader(io.BytesIO(packed(covered_lines(covered()))))
    *_, last = verify_file(reader)
    assert hash_text(last.head.event_hash) == hash_text(CHAIN[-1].event_hash)
