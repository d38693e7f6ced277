"""The log as a whole, read and checked by other people's programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from indelible.tlog.keys import VerifierKey
from indelible.tlog.proof import TlogProof
from indelible.tlog.tile_proofs import inclusion_path
from indelible.tlog.tiles import tile_path
from support.deployment import ORIGIN, Deployment
from support.memory_log import MemorySigner
from support.notes import FIRST, LOG, SECOND, Signer

from independent.logs import a_log, go_on, write_log
from independent.programs import aics_tlog, run_program, run_script

SIZE = 300
NEXT_KEY = Signer(ORIGIN, "the next key")


@dataclass
class Written:
    """A log in a folder, and the checkpoints that somebody kept while it grew."""

    log: Deployment
    folder: Path
    kept: dict[int, Path]

    @property
    def entries(self) -> list[bytes]:
        """The entries of the log."""
        return [entry.encoded for run in self.log.runs for entry in run.entries]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A log of 300 entries. From entry 257 on, another key signs it too."""
    folder = tmp_path_factory.mktemp("log")
    log, kept = a_log(1), dict[int, Path]()
    for runs in (0, 254, 1, 1, 42):
        go_on(log, runs)
        size = log.runs[-1].edge.size
        kept[size] = folder / f"{size}.note"
        kept[size].write_bytes(log.runs[-1].note.encoded)
        if size == 256:
            log.signers.insert(0, MemorySigner(private=NEXT_KEY))
    return Written(log, write_log(log, folder / "tiles"), kept)


def trusting(key: VerifierKey, *witnesses: VerifierKey) -> list[str]:
    """The options for who is trusted. All witnesses must have cosigned."""
    options = ["--log-key", key.text, "--origin", ORIGIN]
    for each in witnesses:
        options += ["--witness-key", each.text]
    return [*options, "--quorum", str(len(witnesses))]


def test_the_checkpoint_and_its_cosignatures_verify(written: Written) -> None:
    for key in (LOG.key, NEXT_KEY.key):
        answer = aics_tlog(
            "verify-checkpoint", "--tiles", written.folder,
            *trusting(key, FIRST.witness_key, SECOND.witness_key),
        )  # fmt: skip
        assert (answer["ok"], answer["size"]) == (True, SIZE)


def test_a_key_that_did_not_sign_and_a_quorum_that_is_not_there_are_noticed(
    written: Written,
) -> None:
    for options in (
        trusting(Signer(ORIGIN, "another key").key),
        trusting(LOG.key, FIRST.witness_key, Signer("witness.example/other").witness_key),
    ):
        answer = aics_tlog("verify-checkpoint", "--tiles", written.folder, *options)
        assert not answer["ok"]


def test_every_tile_and_every_bundle_is_that_of_the_checkpoint(written: Written) -> None:
    answer = run_script("audit_log", folder=written.folder, key=LOG.key.text)
    files = [each for each in written.folder.rglob("*") if each.is_file()]
    assert answer == {"size": SIZE, "files": len(files) - 1}, "all but the checkpoint"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
        "checkpoint",
    ],
)
def test_another_byte_in_any_file_is_noticed(written: Written, path: str) -> None:
    file = written.folder / path
    content = file.read_bytes()
    at = len(content) // 2 if path != "checkpoint" else content.index(b"\n300\n") + 1
    file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    try:
        assert "refused" in run_script("audit_log", folder=written.folder, key=LOG.key.text)
    finally:
        file.write_bytes(content)


def test_the_log_goes_on_from_every_checkpoint_that_was_kept(written: Written) -> None:
    assert [*written.kept] == [1, 255, 256, 258, SIZE]
    for note in written.kept.values():
        answer = aics_tlog(
            "verify-consistency", "--tiles", written.folder, "--old-checkpoint", note,
            *trusting(LOG.key),
        )  # fmt: skip
        assert answer["ok"], answer


def test_a_log_that_was_made_anew_does_not_go_on_from_a_kept_checkpoint(
    written: Written, tmp_path: Path
) -> None:
    other = a_log(0)
    other.now += 1_000_000
    go_on(other, SIZE)
    answer = aics_tlog(
        "verify-consistency", "--tiles", write_log(other, tmp_path),
        "--old-checkpoint", written.kept[258], *trusting(LOG.key),
    )  # fmt: skip
    assert not answer["ok"]


@pytest.mark.parametrize("index", [0, 255, 256, 257, 299])
def test_each_entry_is_found_at_its_index(written: Written, index: int, tmp_path: Path) -> None:
    entry = tmp_path / "entry"
    answer = aics_tlog(
        "verify-inclusion", "--tiles", written.folder, "--index", str(index),
        "--entry-out", entry, *trusting(LOG.key),
    )  # fmt: skip
    assert answer["ok"], answer
    assert entry.read_bytes() == written.entries[index]


@pytest.mark.parametrize("index", [0, 128, 255, 256, 299])
def test_a_proof_that_they_make_of_the_tiles_is_ours_to_the_byte(
    written: Written, index: int
) -> None:
    made = run_program("tlog_scales.cli", "gen-proof", written.folder, str(index))
    assert made.stdout, made.stderr.decode()
    run = written.log.runs[-1]
    path = inclusion_path(index, SIZE, _tiles_of(written.folder))
    assert made.stdout == TlogProof(index, tuple(path), run.note).encoded
    leaf = run_program("tlog_scales.cli", "get-leaf", "-c", written.folder, str(index))
    assert leaf.stdout == written.entries[index]


def _tiles_of(folder: Path) -> Callable[[int, int, int], bytes]:
    return lambda level, number, width: (folder / tile_path(level, number, width)).read_bytes()
