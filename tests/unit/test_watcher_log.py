"""The watcher and the log: a long one, rotated keys, restarts; and what is wrong in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.published_run import read_published_run
from indelible.checkpoints.requests import RestartRequest
from indelible.tlog.bundle import decode_bundle, encode_bundle
from indelible.watching.runs import check_runs
from support.deployment import HOUR
from support.memory_log import MemorySigner
from support.notes import Signer
from support.watched import Watching

RUNS = 300


def a_long_log() -> Watching:
    """A log of 300 runs, which has a full tile and its entries."""
    watching = Watching()
    watching.grow("ws_a", 3)
    while len(watching.deployment.runs) < RUNS:
        watching.deployment.run(HOUR)
    return watching


LONG = a_long_log()


def check_all(objects: dict[str, bytes]) -> list[tuple[str, int]]:
    bucket = Watching().bucket
    bucket.objects = objects
    found = [*check_runs(bucket, 0, RUNS), *check_runs(bucket, 1, RUNS)]
    return [(each.type.value, each.sequence) for each in found]


def test_a_long_log_has_no_break() -> None:
    assert check_all({**LONG.bucket.objects}) == []


@pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/000"])
@pytest.mark.parametrize("change", [lambda _: b"", lambda old: old[:-1] + b"\0", None])
def test_a_tile_of_the_log_that_is_another_or_gone_is_found(
    path: str, change: Callable[[bytes], bytes] | None
) -> None:
    objects = {**LONG.bucket.objects}
    old = objects.pop(f"log/{path}")
    if change:
        objects[f"log/{path}"] = change(old)
    assert check_all(objects) == [("bucket_tampered", 256)]


@pytest.mark.parametrize("number", [1, 2, 255, 256, 257, 299])
def test_a_run_that_is_gone_or_another_is_found(number: int) -> None:
    key = f"run/{number:012d}"
    objects = {**LONG.bucket.objects}
    del objects[key]
    assert ("bucket_tampered", number) in check_all(objects)
    objects[key] = LONG.bucket.objects["run/000000000100"]
    assert ("bucket_tampered", number) in check_all(objects)
    objects[key] = b"{}"
    assert ("bucket_tampered", number) in check_all(objects)


def test_a_run_whose_time_goes_back_is_found() -> None:
    key = "run/000000000100"
    run = read_published_run(LONG.bucket.objects[key])
    entry = RunEntry(run.run_entry.time - 7_200, run.run_entry.map_root)
    bucket = Watching().bucket
    bucket.objects = {**LONG.bucket.objects, key: replace(run, run_entry=entry).encoded}
    found = [each.reason for each in check_runs(bucket, 0, RUNS) if each.sequence == 100]
    assert any("time is before" in each for each in found)
    assert any("log is not that of the run before" in each for each in found)


def test_a_run_without_a_known_signature_is_found() -> None:
    objects = {**LONG.bucket.objects}
    [key] = [each for each in objects if each.startswith("key/")]
    other = Signer(LONG.deployment.signers[0].key.name, "other")
    del objects[key]
    objects[f"key/{other.key.key_id.hex()}"] = f"{other.key.text}\n1\n".encode()
    assert len(check_all(objects)) == RUNS


def test_entries_are_bundled_and_read_again() -> None:
    entries = [b"", b"a", b"bc" * 300]
    assert decode_bundle(encode_bundle(entries)) == entries


def test_rotated_keys_are_no_finding() -> None:
    watching = Watching()
    watching.grow("ws_a", 3)
    old = watching.deployment.signers[0]
    new = MemorySigner(private=Signer(old.key.name, "new key"))
    watching.deployment.signers = [new, old]
    watching.grow("ws_a", 3)
    watching.deployment.signers = [new]
    watching.grow("ws_a", 3)
    for _ in range(5):
        report = watching.watch()
        assert (report.found, report.unfinished) == (0, [])


def test_a_restarted_chain_is_no_finding_once_it_is_covered_again() -> None:
    watching = Watching()
    watching.grow("ws_a", 300, 300)
    watching.watch()
    watching.deployment.cut("ws_a", 300)
    for _ in range(10):
        watching.watch()
    assert ("ws_a", "truncated", 301) in watching.findings
    request = RestartRequest("ws_a", epoch=0, kept_size=300, reason="a restore")
    watching.deployment.turns.waiting.append(request)
    for _ in range(10):
        watching.watch()
    assert watching.findings == []
    assert watching.deployment.covered("ws_a").epoch == 1
    watching.grow("ws_a", 5)
    assert watching.watch().found == 0
