"""The corpus keeps every promise, and a campaign finds, minimises and stops what breaks one."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from . import (
    campaign,
    export,
    export_inputs,
    export_seeds,
    forgery,
    forgery_seeds,
    ingest,
    ingest_seeds,
    proof,
    proof_seeds,
    stored,
    stored_seeds,
)
from .corpus import files_of
from .ingest_events import plain_body

TARGETS = {
    "ingest": ingest.check,
    "export": export.check,
    "forgery": forgery.check,
    "proof": proof.check,
    "stored": stored.check,
}
INPUTS = [(target, file) for target in TARGETS for file in files_of(target)]


@pytest.mark.parametrize(
    ("target", "file"), INPUTS, ids=[f"{target}-{file.name}" for target, file in INPUTS]
)
def test_an_input_of_the_corpus_keeps_every_promise(target: str, file: Path) -> None:
    with campaign.bounded_memory():
        TARGETS[target](file.read_bytes())


@pytest.mark.parametrize(
    ("target", "seeds"),
    [
        ("ingest", ingest_seeds.seeds()),
        ("export", export_seeds.seeds()),
        ("forgery", forgery_seeds.seeds()),
        ("proof", proof_seeds.seeds()),
        ("stored", stored_seeds.seeds()),
    ],
)
def test_the_corpus_is_what_the_code_sends_and_exports_today(
    target: str, seeds: Iterable[tuple[str, bytes]]
) -> None:
    """If not: `python -m fuzz TARGET --write-corpus`. Another zlib may compress differently."""
    unpacked = stored.meaning if target == "stored" else _unpacked
    kept = {file.name: unpacked(file.read_bytes()) for file in files_of(target)}
    written = {name: unpacked(content) for name, content in seeds}
    assert {name: kept.get(name) for name in written} == written


def _unpacked(content: bytes) -> object:
    if content.startswith(b"{"):
        sent = json.loads(content)
        return {**sent, "body": plain_body(sent)}
    return export_inputs.lines_in(content)


def test_an_input_that_breaks_a_promise_is_minimised() -> None:
    def check(case: bytes) -> None:
        assert b"\x07" not in case

    target = campaign.Target("bells", st.binary(), check)
    found = campaign.run(target, seconds=600, first_seed=1)
    assert found.finding == b"\x07"
    assert isinstance(found.error, AssertionError)


def test_an_input_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "SECONDS_PER_INPUT", 0.01)
    with pytest.raises(campaign.TookTooLong), campaign.bounded_time():
        time.sleep(60)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's memory")
def test_an_input_that_takes_too_much_memory_is_stopped() -> None:
    with pytest.raises(MemoryError), campaign.bounded_memory():
        bytearray(2 * campaign.MORE_MEMORY)
