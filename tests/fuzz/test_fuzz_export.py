"""A reader of export files or segments that overlooks a change is caught by its fuzzer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
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
from support.export_lines import packed

from . import (
    export,
    export_inputs,
    export_seeds,
    forgery,
    forgery_seeds,
    stored,
    stored_seeds,
)


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


def test_a_reader_of_segments_that_sees_other_records_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = dict(stored_seeds.seeds())["segment.stored"]
    stored.check(case)
    monkeypatch.setattr(segments, "read_records", lambda each: read_records(each)[::-1])
    monkeypatch.setattr(segments, "record_parts", lambda each: iter([read_records(each)[::-1]]))
    with pytest.raises(AssertionError, match="other records pass, or the same do not"):
        stored.check(case)
