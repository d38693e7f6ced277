"""The files for other tools, in the layout of https://c2sp.org/tlog-tiles."""

from __future__ import annotations

from hashlib import sha256

import pytest
from indelible.checkpoints.object_keys import log_key
from indelible.checkpoints.proof_file import read_proof_file
from indelible.errors import Contradiction, DamagedItem, Unreadable
from indelible.proving.log_layout import log_files, workspace_files
from indelible.tlog.checkpoint import read_checkpoint
from indelible.tlog.note import read_note
from indelible.tlog.tiles import entries_path
from support.builders import WORKSPACE
from support.deployment import Deployment
from support.proving import a_deployment, runs_of


def a_log(runs: int, records: int = 1) -> Deployment:
    deployment = a_deployment()
    for _ in range(runs):
        deployment.grow(WORKSPACE, records)
        deployment.run()
    return deployment


def files_of_log(deployment: Deployment) -> dict[str, bytes]:
    newest = runs_of(deployment).read(deployment.now)
    assert newest
    return dict(log_files(deployment.bucket, newest))


def files_of_workspace(deployment: Deployment) -> dict[str, bytes]:
    newest = runs_of(deployment).read(deployment.now)
    assert newest
    state = deployment.covered(WORKSPACE)
    return dict(workspace_files(deployment.bucket, deployment.ledger, newest, state))


def slow_root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = slow_root(hashes[:split]), slow_root(hashes[split:])
    return sha256(b"\x01" + left + right).digest()


def hashes_at(files: dict[str, bytes], level: int, count: int) -> list[bytes]:
    """The hashes of a level, from its files as the specification names them."""
    joined = b""
    for number in range(count // 256):
        joined += files[f"tile/{level}/{number:03d}"]
    if width := count % 256:
        joined += files[f"tile/{level}/{count // 256:03d}.p/{width}"]
    return [joined[at : at + 32] for at in range(0, len(joined), 32)]


def entries_in(bundle: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(bundle):
        length = int.from_bytes(bundle[at : at + 2])
        found.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return found


@pytest.mark.parametrize("runs", [1, 2, 255, 256, 257, 514])
def test_the_log_s_files_have_its_root_and_all_its_entries(runs: int) -> None:
    files = files_of_log(a_log(runs))
    checkpoint = read_checkpoint(read_note(files["checkpoint"]).text)
    assert checkpoint.size == runs
    leaves = hashes_at(files, 0, runs)
    assert slow_root(leaves) == checkpoint.root
    names = [f"tile/entries/{number:03d}" for number in range(runs // 256)]
    names += [f"tile/entries/{runs // 256:03d}.p/{runs % 256}"] if runs % 256 else []
    entries = [each for name in names for each in entries_in(files[name])]
    assert [sha256(b"\x00" + each).digest() for each in entries] == leaves
    above = hashes_at(files, 1, runs // 256)
    assert above == [slow_root(leaves[n * 256 : n * 256 + 256]) for n in range(runs // 256)]
    assert {*files} - {*names, "checkpoint"} == {
        name for name in files if name.startswith(("tile/0/", "tile/1/"))
    }


@pytest.mark.parametrize("records", [1, 255, 256, 257, 900])
def test_a_workspace_s_files_have_its_root_and_its_checkpoint_file(records: int) -> None:
    deployment = a_log(1, records)
    files = files_of_workspace(deployment)
    checkpoint = read_checkpoint(files["checkpoint"])
    assert checkpoint.size == records
    assert slow_root(hashes_at(files, 0, records)) == checkpoint.root
    assert read_proof_file(files["checkpoint.tlog-proof"]).checkpoint.text == files["checkpoint"]
    assert [*files][-1] == "checkpoint"


def test_a_lost_tile_of_the_log_is_no_complete_copy() -> None:
    deployment = a_log(258)
    del deployment.bucket.objects[log_key(entries_path(0))]
    with pytest.raises(Contradiction, match="tile/entries/000"):
        files_of_log(deployment)


def test_records_that_the_chain_has_lost_are_missed_before_a_file_is_written() -> None:
    deployment = a_log(3, 100)
    deployment.cut(WORKSPACE, 200)
    newest = runs_of(deployment).read(deployment.now)
    assert newest
    state = deployment.covered(WORKSPACE)
    files = workspace_files(deployment.bucket, deployment.ledger, newest, state)
    with pytest.raises((DamagedItem, Unreadable)):
        next(iter(files))
