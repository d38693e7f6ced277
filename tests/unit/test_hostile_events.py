"""Events crafted to be expensive: very many names, names that collide, long names."""

from __future__ import annotations

import json
import math
import os
import string
import subprocess
import sys
import tracemalloc

import pytest
from indelible import json_names
from indelible.chain.fields import MAX_DEPTH, MAX_EVENT_BYTES
from indelible.ingest.event import ValidEvent, validate
from indelible.ingest.exactness import first_inexact
from indelible.ingest.explain import MAX_ERRORS
from indelible.ingest.receipt import FieldError, Receipt, Status
from support.handlers import ROOT


def test_names_are_hashed_with_a_secret_seed() -> None:
    """Nobody can craft collisions. Lambda sets no seed, and neither does the template."""
    own = {name: text for name, text in os.environ.items() if name != "PYTHONHASHSEED"}
    hashes = {
        subprocess.check_output([sys.executable, "-c", "print(hash('actor_id'))"], env=own)
        for _ in range(3)
    }
    assert len(hashes) > 1
    assert "PYTHONHASHSEED" not in (ROOT / "template.yaml").read_text()


MANY = {f"name_{number}": number for number in range(100_000)}
LONG = "a" * 1_000_000
EVENT: dict[str, object] = {"actor_id": "user_1", "action": "document.created"}
NOT_FINITE = "must be a finite number; send it as a string, or send null"
MAX_RECEIPT_BYTES = 10_000
"""A hundred receipts must stay under Lambda's 6 MB."""


@pytest.mark.parametrize(
    "event",
    [
        MANY,
        EVENT | MANY,
        {**EVENT, "metadata": MANY},
        {**EVENT, "targets": [MANY] * 10},
        {**EVENT, "targets": [{"x": 1}] * 50_000},
        {**EVENT, "targets": [1] * 500_000},
        {**EVENT, **dict.fromkeys(string.ascii_letters, 1)},
        {**EVENT, LONG: 1},
        {**EVENT, "\x01" * 1_000_000: 1},
        {**EVENT, "metadata": {LONG: math.inf}},
        {**EVENT, "metadata": {LONG: [[1] * 100, [math.nan]]}},
        {**EVENT, "metadata": {"a": {"\ud800" * 1_000_000: 1}}},
        {**EVENT, "metadata": {LONG: "b"}},
        {**EVENT, "occurred_at": LONG},
        {**EVENT, "idempotency_key": LONG},
    ],
)
def test_the_errors_of_an_event_are_short(event: dict[str, object]) -> None:
    errors = validate(event)
    assert not isinstance(errors, ValidEvent)
    assert 1 <= len(errors) <= MAX_ERRORS + 1
    receipt = Receipt(None, Status.INVALID, errors).as_json()
    assert len(json.dumps(receipt)) < MAX_RECEIPT_BYTES


def test_the_number_of_errors_left_out_is_reported() -> None:
    letters = dict.fromkeys(string.ascii_lowercase, 1)
    errors = validate(EVENT | letters)
    assert isinstance(errors, tuple)
    assert len(errors) == MAX_ERRORS + 1
    assert errors[-1] == FieldError("", "has 6 more errors; correct the others first")


@pytest.mark.parametrize("target", [{}, 1, None, {"x": 1}])
def test_the_errors_of_very_many_targets_take_little_memory(target: object) -> None:
    """4 MiB of targets took 1.3 GB, more than ingest has."""
    targets = [target] * 1_400_000
    tracemalloc.start()
    try:
        errors = validate(EVENT | {"targets": targets})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not isinstance(errors, ValidEvent)
    assert peak < 1_000_000


def test_as_many_targets_as_fit_an_event_are_valid() -> None:
    room = MAX_EVENT_BYTES - len(json.dumps(EVENT | {"targets": []}, separators=(",", ":")))
    targets = [{"type": "t"}] * ((room + 1) // len('{"type":"t"},'))
    assert isinstance(validate(EVENT | {"targets": targets}), ValidEvent)
    assert validate(EVENT | {"targets": [*targets, {"type": "t"}]}) == (
        FieldError("", f"must be at most {MAX_EVENT_BYTES} bytes as JSON; shorten it"),
    )


def test_a_path_is_made_only_for_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a path for each of two million values took three seconds."""
    paths: list[str] = []

    def watched(text: str) -> str:
        paths.append(text)
        return text

    monkeypatch.setattr(json_names, "replace_surrogates", watched)
    problem = first_inexact({"é": [[1]] * 100 + [math.inf]}, "metadata", MAX_DEPTH)
    assert problem == FieldError("metadata.é.100", NOT_FINITE)
    assert paths == ["metadata.é.100"]


def test_a_path_stays_short_however_deep_its_names_lead() -> None:
    """Otherwise the cost of each value in a list would grow with the names above it."""
    value: object = [math.inf]
    for _ in range(20):
        value = {"n" * 1_000: value}
    problem = first_inexact(value, "metadata", MAX_DEPTH)
    assert problem == FieldError("metadata." + "n" * 191 + "…", NOT_FINITE)
