"""Tampering with the buckets: the watcher finds what was hidden, replaced, removed or forged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from indelible.watching.watch import Report, watch
from support.builders import MINUTE
from support.watched import Watching
from unit.watched_chains import NAME, ROUND, a_watched_chain, before_a_round


@pytest.mark.parametrize(
    "key", [f"ws/{NAME}/0/tile/0/003", "run/000000000002", "origin", f"ws/{NAME}/0/tile/0/016"]
)
def test_a_key_with_two_versions_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    watching.bucket.more[key] = 1
    watching.watch_until_found(ROUND)
    owner = NAME if key.startswith("ws/") else ""
    assert watching.findings == [(owner, "bucket_tampered", 0)]
    assert [each.kind for each in watching.verdicts.known[owner].findings] == ["bucket_tampered"]
    watching.bucket.more.clear()
    watching.watch()
    assert watching.verdicts.known[owner].findings == []


@pytest.mark.parametrize("key", [f"ws/{NAME}/0/tile/0/003", "run/000000000001"])
def test_a_delete_marker_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    watching.bucket.markers.add(key)
    watching.watch_until_found(ROUND)
    assert key in " ".join(each.detail for each in watching.position.findings)


def test_a_marker_on_the_newest_run_is_found_at_once() -> None:
    watching = a_watched_chain()
    newest = watching.position.run
    watching.bucket.markers.add(f"run/{newest:012d}")
    report = _watch_alone(watching)
    assert report.found
    assert watching.findings == [("", "bucket_tampered", newest)]


def test_a_newest_run_that_is_gone_is_found_at_once() -> None:
    watching = a_watched_chain()
    newest = watching.position.run
    del watching.bucket.objects[f"run/{newest:012d}"]
    assert _watch_alone(watching).found
    assert ("", "bucket_tampered", newest) in watching.findings


def test_a_newest_run_that_names_another_state_is_found_at_once() -> None:
    watching = a_watched_chain()
    old, new = watching.deployment.runs[-2:]
    other = replace(new, state_version=old.state_version, state_sha256=old.state_sha256)
    watching.bucket.objects[f"run/{new.number:012d}"] = other.encoded
    assert _watch_alone(watching).found
    assert watching.findings == [("", "checkpoint_mismatch", new.number)]


def _watch_alone(watching: Watching) -> Report:
    """An invocation without a run before it."""
    watching.deployment.now += 5 * MINUTE
    return watch(watching.services, watching.deployment.now, lambda: True)


@pytest.mark.parametrize("key", ["tile/0/003", "tile/0/000", "tile/0/016"])
def test_a_missing_tile_is_found_within_a_round(key: str) -> None:
    watching = before_a_round()
    del watching.bucket.objects[f"ws/{NAME}/0/{key}"]
    watching.watch_until_found(ROUND)
    last = (int(key[-3:]) + 1) * 256
    assert (NAME, "bucket_tampered", last) in watching.findings


def test_a_run_that_another_key_signed_is_found_within_a_round() -> None:
    watching = before_a_round()
    watching.grow("ws_b", 1)
    watching.grow("ws_b", 1)
    key = "run/000000000002"
    run = watching.bucket.objects[key]
    other = watching.deployment.runs[0].note.signatures[0].line.decode().strip()
    mine = watching.deployment.runs[1].note.signatures[0].line.decode().strip()
    forged = json.loads(run)
    forged["note"] = forged["note"].replace(mine, other)
    watching.bucket.objects[key] = json.dumps(forged).encode()
    watching.watch_until_found(ROUND)
    assert ("", "bucket_tampered", 2) in watching.findings


def test_a_run_that_is_gone_is_found_within_a_round() -> None:
    watching = before_a_round()
    watching.grow(NAME, 1)
    watching.grow(NAME, 1)
    del watching.bucket.objects["run/000000000003"]
    watching.watch_until_found(ROUND)
    assert ("", "bucket_tampered", 3) in watching.findings
