"""A forged checkpoint in an export file is a break, and a malformed one is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from indelible.chain.hashes import EMPTY
from indelible.checkpoints.proof_file import read_proof_file
from indelible.errors import Unreadable
from indelible.export_file.manifest import read_manifest
from indelible.filters import Filters
from indelible.proving.checkpoint_file import make_checkpoint_file
from support.builders import records_of, rewritten
from support.covered_files import (
    CHAIN,
    between,
    checkpoint_in,
    covered,
    covered_lines,
    covered_manifest,
    lines_after,
    with_checkpoint_changed,
)
from support.export_lines import kinds, lines_of, packed
from support.proving import a_deployment, runs_of

MISMATCH = "checkpoint_mismatch"


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
