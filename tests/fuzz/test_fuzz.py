"""The corpus keeps every promise, and a fuzzer whose target breaks one says so."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from indelible.chain.segment import read_records
from indelible.export_file.manifest import Manifest
from indelible.export_file.reader import ExportReader
from indelible.verifying import export_file as verifier
from indelible.verifying import records, segments
from indelible.verifying.breaks import Step
from indelible.verifying.file_checkpoint import CoveredLeaves
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.one_by_one import check_one_by_one
from indelible.verifying.run import Outcome, Position, Rules, Run
from indelible.web import request
from jsonschema import ValidationError
from support.export_lines import packed

from . import (
    campaign,
    export,
    export_inputs,
    export_seeds,
    forgery,
    forgery_seeds,
    ingest,
    ingest_seeds,
    stored,
    stored_seeds,
)
from .corpus import files_of
from .ingest_events import plain_body

TARGETS = {
    "ingest": ingest.check,
    "export": export.check,
    "forgery": forgery.check,
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


def _a_changed_file() -> bytes:
    lines = export_inputs.lines_in(dict(export_seeds.seeds())["fork.ndjson.gz"])
    return packed([line.replace(b"other_1", b"other_2") + b"\n" for line in lines])


def _finds_nothing(reader: ExportReader, _: object = None) -> Iterator[Step]:
    yield Step(0, (), reader.manifest.head)


def test_a_reader_that_overlooks_a_change_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    export.check(_a_changed_file())
    monkeypatch.setattr(verifier, "verify_file", _finds_nothing)
    with pytest.raises(AssertionError):
        export.check(_a_changed_file())


def _accept(run: Run, rules: Rules, before: Position) -> Outcome:
    return check_one_by_one(run, rules, before)._replace(breaks=())


def test_a_fast_check_that_sees_less_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "check_together", _accept)
    with pytest.raises(AssertionError, match="the fast form and the slow one differ"):
        export.check(_a_changed_file())


def _overlook(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make the reader find nothing there, and the script agree with it."""
    monkeypatch.setattr(verifier, name, lambda *_: ())
    monkeypatch.setattr(forgery, "_script_accepts", lambda *_: True)


def test_a_reader_that_accepts_any_beginning_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    case = dict(forgery_seeds.seeds())["beginning-cut-off.ndjson.gz"]
    forgery.check(case)
    _overlook(monkeypatch, "_check_start")
    with pytest.raises(AssertionError, match="a beginning that is none"):
        forgery.check(case)


@pytest.mark.parametrize("seed", ["another-salt", "spliced"])
def test_a_reader_that_trusts_the_files_own_head_is_caught(
    seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = dict(forgery_seeds.seeds())[f"{seed}-and-the-kept-head.ndjson.gz"]
    forgery.check(case)

    def believe(kept: KeptHead, manifest: Manifest) -> None:
        if kept.sequence == manifest.head.sequence:
            kept._found = manifest.head.event_hash

    _overlook(monkeypatch, "_check_end")
    monkeypatch.setattr(verifier, "_look_for", believe)
    monkeypatch.setattr(KeptHead, "note", lambda *_: None)
    with pytest.raises(AssertionError, match="another leaf"):
        forgery.check(case)


def test_a_reader_that_overlooks_another_chain_than_the_covered_one_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(forgery_seeds.seeds())["covered-another-chain.ndjson.gz"]
    forgery.check(case)
    monkeypatch.setattr(CoveredLeaves, "check", lambda _: None)
    with pytest.raises(AssertionError, match="finds other records covered"):
        forgery.check(case)
    monkeypatch.setattr(forgery, "_script_accepts", lambda *_: True)
    with pytest.raises(AssertionError, match="another leaf"):
        forgery.check(case)


def test_a_script_that_sees_less_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgery, "_script_accepts", lambda *_: True)
    with pytest.raises(AssertionError, match="the script finds less"):
        forgery.check(dict(forgery_seeds.seeds())["beginning-cut-off.ndjson.gz"])


def _an_answer(status: int, error: str) -> dict[str, Any]:
    body = json.dumps({"error": error, "message": "No.", "request_id": "r"})
    headers = {"Content-Type": ["application/json"]}
    return {"statusCode": status, "multiValueHeaders": headers, "body": body}


def _shows_content(event: dict[str, Any], _: object) -> dict[str, Any]:
    print(json.dumps({"received": event["body"]}))
    return _an_answer(400, "malformed_json")


def _forges_a_line(_: object, __: object) -> dict[str, Any]:
    print('{"message": "one"}\nand another')
    return _an_answer(400, "malformed_json")


def _fails(_: object, __: object) -> dict[str, Any]:
    return _an_answer(500, "internal_error")


def _invents_an_error(_: object, __: object) -> dict[str, Any]:
    return _an_answer(422, "no_such_error")


def _raises(_: object, __: object) -> dict[str, Any]:
    raise RecursionError("raised by the handler")


@pytest.mark.parametrize(
    ("handler", "error", "text"),
    [
        (_shows_content, AssertionError, "content in the log"),
        (_forges_a_line, json.JSONDecodeError, "Expecting value"),
        (_fails, AssertionError, "answered 500"),
        (_invents_an_error, ValidationError, "'no_such_error' is not one of"),
        (_raises, RecursionError, "raised by the handler"),
    ],
)
def test_a_handler_that_breaks_a_promise_is_caught(
    handler: Callable[..., dict[str, Any]],
    error: type[Exception],
    text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(ingest_seeds.seeds())["reference.json"]
    monkeypatch.setattr(ingest.ingest(), "handler", handler)
    with pytest.raises(error, match=text):
        ingest.check(case)


def test_a_handler_that_overlooks_a_repeated_name_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(ingest_seeds.seeds())["name-twice-in-one-event.json"]
    ingest.check(case)
    monkeypatch.setattr(request, "_repeats_names", lambda *_: False)
    with pytest.raises(AssertionError, match="a name given twice was dropped"):
        ingest.check(case)


def test_a_reader_of_segments_that_sees_other_records_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(stored_seeds.seeds())["segment.stored"]
    stored.check(case)
    monkeypatch.setattr(segments, "read_records", lambda each: read_records(each)[::-1])
    monkeypatch.setattr(segments, "record_parts", lambda each: iter([read_records(each)[::-1]]))
    with pytest.raises(AssertionError, match="other records pass, or the same do not"):
        stored.check(case)


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
