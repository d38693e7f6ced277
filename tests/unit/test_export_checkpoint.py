"""Exports with checkpoints on: which files carry one, and that it is taken once."""

from __future__ import annotations

import gzip
import json
from base64 import b64decode
from dataclasses import replace
from functools import partial

import pytest
from indelible.errors import Unavailable
from indelible.proving.export_checkpoint import with_checkpoint
from support.builders import a_chain
from support.covered_files import a_covered_chain
from support.deployment import Deployment
from support.export_lines import breaks_of
from support.proving import runs_of
from unit.export_driver import SMALL, ExportDriver

CHAIN = a_chain(50, 4)


def a_driver(deployment: Deployment) -> ExportDriver:
    """An exporter with checkpoints on."""
    driver = ExportDriver(CHAIN, SMALL)
    add = partial(with_checkpoint, runs_of(deployment), deployment.bucket, deployment.ledger)
    driver.exporter = replace(driver.exporter, add_checkpoint=add)
    return driver


def test_a_file_carries_the_checkpoint_of_the_moment_at_which_its_range_was_fixed() -> None:
    """However often the work on it is interrupted, and whatever is covered meanwhile."""
    deployment = a_covered_chain(CHAIN)
    driver = a_driver(deployment)
    export = driver.start({"format": "ndjson"})
    driver.step(export, 1)
    deployment.run(after=3_600_000_000)
    done = driver.finish(export, 1)
    file = driver.file(done)
    manifest = json.loads(gzip.decompress(file).partition(b"\n")[0])
    assert manifest["version"] == 2
    assert "example.com/log/ws_test/0\n50\n" in _extra_of(manifest["checkpoint"]["file"])
    assert "\n1\n" in manifest["checkpoint"]["file"].partition("\n\n")[2]
    assert breaks_of(file) == []


def _extra_of(file: str) -> str:
    [extra] = [each for each in file.splitlines() if each.startswith("extra ")]
    return b64decode(extra.removeprefix("extra ")).decode(errors="replace")


def test_rows_for_people_carry_none() -> None:
    deployment = a_covered_chain(CHAIN)
    driver = a_driver(deployment)
    deployment.bucket.faults.calls.clear()
    driver.finish(driver.start({"format": "csv"}))
    assert deployment.bucket.faults.calls == []


def test_an_export_waits_while_the_log_cannot_be_read() -> None:
    deployment = a_covered_chain(CHAIN)
    driver = a_driver(deployment)
    deployment.bucket.faults.plan("bucket.read", "before")
    export = driver.start({"format": "ndjson"})
    with pytest.raises(Unavailable):
        driver.step(export)
    done = driver.finish(export)
    assert breaks_of(driver.file(done)) == []
