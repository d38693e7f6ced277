"""The browser's verdict on an export file is that of `indelible verify`, at the same record."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from browser.checking import Checker, Verdict
from indelible.errors import Unreadable
from indelible.export_file.manifest import gzip_member
from indelible.export_file.reader import ExportReader
from indelible.filters import Filters
from indelible.tlog.policy import policy_of
from indelible.verifying.export_file import verify_file
from indelible.verifying.file_checkpoint import checkpoint_file_of, who_vouches
from indelible.verifying.proof import FailedStep
from support.builders import WORKSPACE, a_chain, records_of, rewritten
from support.covered_files import (
    CHAIN,
    a_covered_chain,
    between,
    checkpoint_in,
    covered,
    covered_lines,
    with_checkpoint_changed,
)
from support.export_lines import lines_of, without_record
from support.notes import LOG, THIRD
from unit.test_forged_file_checkpoints import FORGED

KEYS = [LOG.key.text]
LINES = covered_lines(covered())
WHOLE = b"".join(LINES)
FILTERED = Filters({"action": "no.such.action"})


def first_break(file: bytes) -> tuple[str, int] | None:
    """The first break that Python's verifier finds, or None."""
    try:
        reader = ExportReader(io.BytesIO(file))
    except Unreadable:
        return "manifest", 0
    breaks = (each for step in verify_file(reader) for each in step.breaks)
    if found := next(breaks, None):
        return found.type.value, found.sequence
    try:
        if proof := checkpoint_file_of(reader.manifest):
            who_vouches(proof, policy_of(LOG.key))
    except FailedStep as error:
        return error.step.value, 0
    return None


def seen(verdict: Verdict) -> tuple[str, int] | None:
    """The same of a browser's verdict."""
    at = verdict["brokenAt"]
    return (at["step"], at["sequence"] or 0) if at else None


def compare(checker: Checker, files: list[bytes]) -> list[tuple[str, int] | None]:
    """The first break of each file, after the browser has found the same."""
    expected = [first_break(each) for each in files]
    verdicts = checker.exports(WHOLE, files, keys=KEYS, mostShown=0)
    assert [seen(each) for each in verdicts] == expected
    return expected


def test_a_covered_file_is_proved_up_to_the_covered_record(checker: Checker) -> None:
    verdict = checker.export(WHOLE, keys=KEYS, mostShown=5)
    assert verdict["verdict"] == "operator"
    assert verdict["size"] == 700
    assert verdict["recordsInFile"] == 700
    assert [each["status"] for each in verdict["records"]] == ["proved"] * 5
    some = checker.export(b"".join(covered_lines(covered(40))), keys=KEYS)
    assert some["size"] == 280
    assert [each["status"] for each in some["records"]] == ["proved"] * 280 + ["not_covered"] * 420


def test_a_file_without_a_checkpoint_or_of_later_records_is_not_covered(checker: Checker) -> None:
    missing = b"".join(lines_of(CHAIN))
    later = b"".join(covered_lines(covered(40), between(300, 650)))
    for verdict in checker.exports(missing, [missing, later], keys=KEYS):
        assert verdict["verdict"] == "not_covered"
        assert {each["status"] for each in verdict["records"]} == {"not_covered"}


def test_ranges_and_filtered_files_verify(checker: Checker) -> None:
    files = [
        b"".join(covered_lines(covered(segments), filters))
        for segments in (None, 40)
        for filters in (between(300, 650), between(200, 600), FILTERED, Filters())
    ]
    assert compare(checker, files) == [None] * len(files)


def test_gzip_of_one_or_many_members_is_read(checker: Checker) -> None:
    one = gzip_member(WHOLE)
    many = b"".join(gzip_member(b"".join(LINES[at : at + 50])) for at in range(0, len(LINES), 50))
    by_line = b"".join(map(gzip.compress, LINES[:40]))
    cut = [one[:-1], many[:-3], one + b"\0", many + many, one[:20], b"\x1f\x8b", by_line]
    verdicts = checker.exports(one, [one, many, *cut], keys=KEYS, mostShown=0)
    assert [each["verdict"] for each in verdicts] == ["operator"] * 2 + ["broken"] * 7
    assert seen(verdicts[-1]) == first_break(by_line)


def test_wrong_keys_are_refused(checker: Checker) -> None:
    stranger = checker.export(WHOLE, keys=[THIRD.key.text], mostShown=2)
    assert seen(stranger) == ("signature", 0)
    assert [each["status"] for each in stranger["records"]] == ["broken"] * 2
    assert checker.export(WHOLE, mostShown=0)["verdict"] == "unsigned"


def test_forged_checkpoints_are_the_break_that_python_finds(checker: Checker) -> None:
    files = [b"".join(forge(LINES)) for forge in FORGED.values()]
    found = compare(checker, files)
    assert found == [("checkpoint_mismatch", 700)] * len(files)
    part = covered_lines(covered(), between(300, 650))
    sides = {side: getattr(checkpoint_in(part), side) for side in ("left", "right")}
    files = [
        b"".join(with_checkpoint_changed(part, **{side: [e.hex() for e in wrong]}))
        for side, hashes in sides.items()
        for wrong in (hashes[:-1], (*hashes, bytes(32)), (bytes(32), *hashes[1:]))
    ]
    assert {kind for kind, _ in filter(None, compare(checker, files))} == {"checkpoint_mismatch"}


def changed_lines() -> Iterator[list[bytes]]:
    """The file with lines removed, swapped, doubled, emptied, or of another chain."""
    others = [each.replace(b"document", b"documemt") for each in lines_of(CHAIN)]
    for at in (1, 2, 7, 350, 700):
        yield [*LINES[:at], *LINES[at + 1 :]]
        yield [*LINES[:at], LINES[at], *LINES[at:]]
        yield [*LINES[:at], *LINES[at - 1 : at], *LINES[at:]]
        yield [*LINES[:at], without_record(LINES[at]), *LINES[at + 1 :]]
        yield [*LINES[:at], others[at], *LINES[at + 1 :]]
        yield [*LINES[:at], b"\n", *LINES[at:]]
        yield [*LINES[:at], LINES[at].replace(b"\n", b"\r\n"), *LINES[at + 1 :]]
        yield [*LINES[:at], b'{"unreadable":"why"}\n', *LINES[at + 1 :]]
        yield LINES[:at]
    yield [LINES[0]]
    yield [*LINES[:3], b"x" * 2_000_000]
    yield [*LINES[:-1], LINES[-1][:-1]]
    yield [*LINES, LINES[-1]]
    yield []
    yield others


def test_changed_lines_are_the_break_that_python_finds(checker: Checker) -> None:
    found = compare(checker, [b"".join(each) for each in changed_lines()])
    assert None not in found


def test_changed_bytes_are_the_break_that_python_finds(checker: Checker) -> None:
    """Every byte of the manifest, and a sample of the others, with one bit changed."""
    chosen = random.Random(20).sample(range(len(LINES[0]), len(WHOLE)), 150)
    places = [*range(0, len(LINES[0]), 23), *chosen]
    changed = [WHOLE[:at] + bytes([WHOLE[at] ^ 1 << at % 8]) + WHOLE[at + 1 :] for at in places]
    found = compare(checker, changed)
    assert sum(each is not None for each in found) > 150


def test_a_kept_file_is_compared_with_the_records(checker: Checker) -> None:
    deployment = a_covered_chain(CHAIN, 40)
    kept = checkpoint_in(covered_lines(deployment)).file.decode()
    deployment.note(WORKSPACE, *(each.first_sequence for each in CHAIN[40:]))
    deployment.run()
    newer = covered_lines(deployment)
    files = [newer, covered_lines(deployment, between(100, 650)), LINES]
    wholes = [b"".join(each) for each in files]
    compared = [each["kept"] for each in checker.exports(wholes[0], wholes, keys=KEYS, kept=kept)]
    assert [each["outcome"] for each in compared] == ["grown", "grown", "contradicts"]
    assert compared[0]["reason"] == "Records 1 to 280 are still those of the older checkpoint."
    later = b"".join(covered_lines(deployment, between(300, 650)))
    assert checker.export(later, keys=KEYS, kept=kept)["kept"]["outcome"] == "open"


def other_manifests() -> Iterator[dict[str, Any]]:
    """Manifests of a part of the chain that say something else than its records."""
    right = json.loads(covered_lines(covered(), between(300, 650))[0])
    head, other = right["head"], "ab" * 32
    changed: list[dict[str, Any]] = [
        {}, {"from": "2026-11-23T12:05:01.000000Z"}, {"to": "2026-11-23T12:10:00.000000Z"},
        {"from": None}, {"from": "2026-11-23"}, {"to": "9999-12-31T23:59:59.999999Z"},
        {"previous_event_hash": other}, {"previous_event_hash": None},
        {"previous_event_hash": "0" * 64}, {"previous_event_hash": "AB" * 32},
        {"head": head | {"event_hash": other}}, {"head": head | {"sequence": 651}, "records": 352},
        {"head": head | {"sequence": 649}, "records": 350}, {"records": 352}, {"head": None},
        {"first_sequence": 301, "records": 350}, {"workspace_id": "ws_other"}, {"format": "other"},
        {"version": 1}, {"version": 3}, {"version": "2"}, {"filters": {"action": "x"}},
        {"filters": {"action": ["x", "y"]}}, {"filters": {"from": "x"}}, {"filters": {"action": 1}},
        {"filters": None}, {"created_at": None}, {"created_at": "later"}, {"more": 1},
        {"damage_after_head": "cut off"}, {"damage_after_head": 1}, {"checkpoint": None},
        {"checkpoint": {"missing": "why"}}, {"checkpoint": {"missing": "why", "file": None}},
        {"checkpoint": {"missing": "why", "more": 1}}, {"checkpoint": {}},
        {"version": 2.0}, {"first_sequence": 301.0}, {"records": 351.0},
        {"head": head | {"sequence": 651.0}}, {"records": 2**64},
    ]  # fmt: skip
    for each in changed:
        yield right | each


def test_a_manifest_that_its_records_contradict_is_the_break_that_python_finds(
    checker: Checker,
) -> None:
    rest = covered_lines(covered(), between(300, 650))[1:]
    manifests = [json.dumps(each).encode() + b"\n" for each in other_manifests()]
    found = compare(checker, [b"".join([each, *rest]) for each in manifests])
    kinds = {each and each[0] for each in found}
    assert kinds >= {None, "manifest", "time_order", "chain_break", "sequence_gap", "unreadable"}


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23T12:00:02.000000Z", "2026-11-23T12:00:01.000000Z", "2026-11-23T11:59:00.000000Z",
        "2026-11-23T12:00:02.0000000Z", "2026-11-23T12:00:02.00000Z", "2026-11-23T12:00:02Z",
        "2026-11-23 12:00:02.000000Z", "2026-11-31T12:00:02.000000Z", "2026-11-23T24:00:00.000000Z",
        "2026-11-23T12:60:00.000000Z", "2026-11-23T12:00:60.000000Z", "2027-02-29T12:00:02.000000Z",
        "2028-02-29T12:00:02.000000Z", "2100-02-29T12:00:02.000000Z", "9999-12-31T23:59:59.999999Z",
        "0000-11-23T12:00:02.000000Z", "2026-13-23T12:00:02.000000Z", "2026-11-00T12:00:02.000000Z",
        "1969-12-31T23:59:59.999999Z", "", "later", "\u0662026-11-23T12:00:02.000000Z",
    ],
)  # fmt: skip
def test_times_are_read_as_python_reads_them(checker: Checker, time: str) -> None:
    [segment] = a_chain(3, 3)
    records = records_of([segment])
    files = []
    for place in range(3):
        changed = records[:]
        start = changed[place].index(b'"created_at":"') + len('"created_at":"')
        end = changed[place].index(b'"', start)
        changed[place] = changed[place][:start] + time.encode() + changed[place][end:]
        files.append(b"".join(lines_of([rewritten(segment, changed)])))
    compare(checker, files)


def test_a_record_that_readers_may_read_in_two_ways_is_refused_although_its_hashes_fit(
    checker: Checker,
) -> None:
    """Python's verifier does not look at the names of an export's records; the page shows them."""
    [segment] = a_chain(3, 3)
    records = records_of([segment])
    records[1] = records[1].replace(b'"salt":', b'"note":1,"note":2,"salt":', 1)
    file = b"".join(lines_of([rewritten(segment, records)]))
    assert first_break(file) is None
    assert seen(checker.export(file, keys=KEYS)) == ("unreadable", 2)
