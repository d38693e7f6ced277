"""What other people's programs make is accepted by ours: notes, tiles, proofs and proof files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.endorsement import evaluate
from indelible.tlog.keys import VerifierKey
from indelible.tlog.merkle import check_consistency, check_inclusion
from indelible.tlog.note import read_note
from indelible.tlog.policy import Policy
from indelible.tlog.proof import read_proof
from indelible.tlog.tile_proofs import inclusion_path
from indelible.tlog.tiles import EMPTY_EDGE, TILE_WIDTH, tile_path

from independent.programs import run_program, run_script

SIZE = 600
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(SIZE)]


@dataclass(frozen=True)
class Made:
    """A log that they made."""

    folder: Path
    answer: dict[str, Any]

    @property
    def keys(self) -> tuple[VerifierKey, VerifierKey]:
        """The keys of the log and of its witness."""
        log, witness = map(VerifierKey.read, self.answer["keys"])
        return log, witness

    @property
    def policy(self) -> Policy:
        """Trusts the log, and wants the witness."""
        log, witness = self.keys
        return Policy((log,), {"w": witness}, {}, "w")

    @property
    def roots(self) -> list[bytes]:
        """The root of each size."""
        return [bytes.fromhex(each) for each in self.answer["roots"]]

    def path(self, kind: str, at: int) -> list[bytes]:
        """A proof that they made."""
        return [bytes.fromhex(each) for each in self.answer[kind][at]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A log of 600 entries."""
    folder = tmp_path_factory.mktemp("theirs")
    return Made(folder, run_script("make_log", size=SIZE, folder=folder))


def test_their_checkpoints_and_cosignatures_verify(made: Made) -> None:
    assert [*made.answer["notes"]] == ["0", "1", "7", str(SIZE)]
    for size, text in made.answer["notes"].items():
        note = read_note(text.encode())
        assert note.encoded == text.encode()
        found = evaluate(made.policy, note)
        root = made.roots[int(size)]
        assert found.checkpoint == Checkpoint("log.example/theirs", int(size), root)
        assert (found.is_quorum_met, found.quorum_time) == (True, 1_795_435_262)


def test_their_roots_are_ours_at_every_size(made: Made) -> None:
    edge = EMPTY_EDGE
    for leaf, root in zip(LEAVES, made.roots[1:], strict=True):
        edge, _ = edge.extended([leaf])
        assert edge.compact_range.root == root


def test_their_inclusion_and_consistency_proofs_verify(made: Made) -> None:
    root = made.roots[SIZE]
    for index, leaf in enumerate(LEAVES):
        check_inclusion(index, SIZE, leaf, made.path("inclusions", index), root)
    for size, old in enumerate(made.roots):
        check_consistency(size, SIZE, old, root, made.path("consistencies", size))


def test_their_tiles_are_ours_to_the_byte(made: Made) -> None:
    edge, full = EMPTY_EDGE.extended(LEAVES)
    expected = {tile_path(each.level, each.number): each.hashes for each in full}
    for level, row in enumerate(edge.rows):
        number = SIZE // TILE_WIDTH ** (level + 1)
        expected[tile_path(level, number, len(row) // 32)] = row
    tiles = (each for each in made.folder.glob("tile/*/**/*") if each.is_file())
    found = {str(each.relative_to(made.folder)): each.read_bytes() for each in tiles}
    assert {name: found[name] for name in found if "entries" not in name} == expected


def test_they_look_for_tiles_where_ours_are(made: Made) -> None:
    paths = made.answer["paths"]
    assert "tile/0/x001/x234/067.p/255" in [path for *_, path in paths]
    for level, number, width, path in paths:
        assert tile_path(level, number, width or TILE_WIDTH) == path


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 599])
def test_their_proof_files_are_read_and_verify(made: Made, index: int) -> None:
    written = run_program("tlog_scales.cli", "gen-proof", made.folder, str(index))
    proof = read_proof(written.stdout)
    assert proof.encoded == written.stdout
    assert proof.index == index
    root = evaluate(made.policy, proof.note).checkpoint.root
    check_inclusion(index, SIZE, LEAVES[index], proof.path, root)
    path = inclusion_path(
        index, SIZE, lambda level, number, width: _read(made.folder, level, number, width)
    )
    assert tuple(path) == proof.path


def _read(folder: Path, level: int, number: int, width: int) -> bytes:
    return (folder / tile_path(level, number, width)).read_bytes()
