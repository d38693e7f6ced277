"""The verifiers of checkpoints in docs/auditors.md, run as printed there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.checkpoints.workspace_map import leaf_of, row_key
from indelible.filters import Filters
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.merkle import root_of_path
from indelible.tlog.note import Note, NoteSignature
from indelible.tlog.proof import TlogProof, read_proof
from support.auditors_page import CHECKPOINT_VERIFIERS, verify_checkpoint, verify_export
from support.builders import NOON, SECOND, a_chain, a_queued_event
from support.covered_files import a_covered_chain, covered_lines
from support.deployment import Deployment
from support.export_lines import breaks_of, packed
from support.notes import LOG, Signer

CHAIN = a_chain(700, 7)
RUN_TIME = NOON // SECOND + 60


@cache
def covered(segments: int | None = None) -> Deployment:
    """The chain, of which so many segments are covered."""
    return a_covered_chain(CHAIN, segments)


def between(first: int, last: int) -> Filters:
    """The records of these sequences, by their times."""
    return Filters({}, NOON + first * SECOND, NOON + last * SECOND)


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
@pytest.mark.parametrize("segments", [None, 74])
@pytest.mark.parametrize("bounds", [None, (1, 1), (2, 256), (257, 511), (300, 518), (511, 700)])
def test_a_file_of_ours_is_covered_and_its_checkpoint_signed(
    tmp_path: Path, language: str, segments: int | None, bounds: tuple[int, int] | None
) -> None:
    deployment = covered(segments)
    lines = covered_lines(deployment, between(*bounds) if bounds else None)
    done = verify_checkpoint(tmp_path, language, lines, LOG.key.text)
    assert done.returncode == 0, done.stderr
    first, last = bounds or (1, 700)
    shown = f"covered: records {first} to {min(last, 518 if segments else 700)} by a log entry of"
    assert done.stdout == f"{shown} {RUN_TIME}, signature checked\n"
    assert verify_export(tmp_path, language, lines).returncode == 0


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
def test_without_a_key_the_verdict_says_that_the_signature_was_not_checked(
    tmp_path: Path, language: str
) -> None:
    done = verify_checkpoint(tmp_path, language, covered_lines(covered()), unpacked=True)
    assert done.stdout.endswith(f"{RUN_TIME}, signature not checked\n")


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
def test_lines_with_unusual_separators_and_letters_are_read(tmp_path: Path, language: str) -> None:
    events = [
        a_queued_event(n, NOON + n * SECOND, reason="d\u2028e\u0085\u00e9 \U0001f600")
        for n in (1, 2)
    ]
    lines = covered_lines(a_covered_chain(a_chain(2, 2, events)))
    assert "d\u2028e\u0085".encode() in lines[1]
    assert verify_checkpoint(tmp_path, language, lines).returncode == 0


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
def test_a_file_that_is_not_covered_says_why(tmp_path: Path, language: str) -> None:
    beyond = covered_lines(covered(37), between(300, 700))
    done = verify_checkpoint(tmp_path, language, beyond)
    assert done.returncode == 1
    assert "not covered: only 1 to 259, and no record of the file" in done.stderr
    manifest = json.loads(beyond[0])
    missing = {**manifest, "checkpoint": {"missing": "nothing yet"}}
    done = verify_checkpoint(tmp_path, language, [json.dumps(missing).encode() + b"\n"])
    assert "not covered: nothing yet" in done.stderr
    del manifest["checkpoint"]
    done = verify_checkpoint(tmp_path, language, [json.dumps(manifest).encode() + b"\n"])
    assert "not covered: the file has no checkpoint" in done.stderr


def with_proof(lines: list[bytes], change: Callable[[ProofFile], ProofFile]) -> list[bytes]:
    """The file with its checkpoint file changed."""
    manifest = json.loads(lines[0])
    proof = change(read_proof_file(manifest["checkpoint"]["file"].encode()))
    manifest["checkpoint"]["file"] = proof.encoded.decode()
    return [json.dumps(manifest).encode() + b"\n", *lines[1:]]


def with_another_signature(proof: ProofFile) -> ProofFile:
    first, *others = proof.note.signatures
    made = bytes([first.signature[0] ^ 1, *first.signature[1:]])
    signed = NoteSignature(first.name, first.key_id, made)
    return replace(proof, note=Note(proof.note.text, (signed, *others)))


def signed_by_another(proof: ProofFile) -> ProofFile:
    made = Signer(LOG.name, "another").sign(proof.note.text)
    return replace(proof, note=Note(proof.note.text, (made,)))


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a leaf hash": lambda lines: [*lines[:5], lines[5].replace(b'h":"', b'h":"00', 1), *lines[6:]],
    "a line less": lambda lines: lines[:-1],
    "lines swapped": lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
    "another root": lambda lines: with_proof(
        lines, lambda p: replace(p, checkpoint=replace(p.checkpoint, root=bytes(32)))
    ),
    "another workspace": lambda lines: with_proof(
        lines, lambda p: replace(p, checkpoint=replace(p.checkpoint, workspace_id="ws_x"))
    ),
    "another time": lambda lines: with_proof(lines, lambda p: replace(p, time=p.time + 1)),
    "a row twice": lambda lines: with_proof(lines, lambda p: replace(p, leaf=p.leaf * 2)),
    "another row": lambda lines: with_proof(lines, lambda p: replace(p, leaf=bytes(64))),
    "another path": lambda lines: with_proof(
        lines, lambda p: replace(p, map_path=(bytes(32), *p.map_path[1:]))
    ),
    "another signature": lambda lines: with_proof(lines, with_another_signature),
    "another key": lambda lines: with_proof(lines, signed_by_another),
}


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
@pytest.mark.parametrize("kind", TAMPERED)
def test_what_is_not_covered_and_signed_is_not_valid(
    tmp_path: Path, language: str, kind: str
) -> None:
    lines = TAMPERED[kind](covered_lines(covered()))
    done = verify_checkpoint(tmp_path, language, lines, LOG.key.text)
    assert done.returncode != 0
    assert "covered:" not in done.stdout


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
def test_a_map_of_another_depth_is_refused_even_if_the_log_signed_it(
    tmp_path: Path, language: str
) -> None:
    """Its operator could have a second checkpoint of the workspace one level higher."""
    lines = covered_lines(covered())
    manifest = json.loads(lines[0])
    file = read_proof_file(manifest["checkpoint"]["file"].encode())
    index, siblings = leaf_of(row_key(file.checkpoint.workspace_id)), file.map_path[:11]
    root = root_of_path(index % 2**11, 2**11, leaf_hash(file.leaf), siblings)
    entry = leaf_hash(RunEntry(file.time, root).encoded)
    text = Checkpoint(LOG.name, 1, entry).text
    whole = read_proof(replace(file, map_path=siblings).encoded)
    for extra in (whole.extra, whole.extra.removesuffix(b"\n")):
        shallow = TlogProof(0, (), Note(text, (LOG.sign(text),)), extra)
        manifest["checkpoint"]["file"] = shallow.encoded.decode()
        changed = [json.dumps(manifest).encode() + b"\n", *lines[1:]]
        done = verify_checkpoint(tmp_path, language, changed, LOG.key.text)
        assert (done.returncode == 0, done.stdout) == (False, "")


@pytest.mark.parametrize("language", CHECKPOINT_VERIFIERS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_each_hash_beside_a_range_counts(tmp_path: Path, language: str, side: str) -> None:
    lines = covered_lines(covered(), between(300, 450))
    manifest = json.loads(lines[0])
    for index in range(len(manifest["checkpoint"][side])):
        changed = json.loads(lines[0])
        changed["checkpoint"][side][index] = "ab" * 32
        done = verify_checkpoint(
            tmp_path, language, [json.dumps(changed).encode() + b"\n", *lines[1:]]
        )
        assert done.returncode != 0
    assert breaks_of(packed(lines)) == []
