"""The export verifiers in docs/auditors.md, run as printed there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from indelible.chain.segment import Segment
from indelible.filters import read_filters
from support.auditors_page import EXPORT_VERIFIERS, verify_export
from support.builders import WORKSPACE, a_chain, records_of, rewritten
from support.export_lines import lines_of, without_record
from support.tampering import with_a_byte_changed, with_a_fitting_prefix


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize(
    "parameters", [{}, {"actor_id": "nobody"}, {"from": "2026-11-23T12:00:04Z"}]
)
def test_an_export_of_ours_is_valid(
    tmp_path: Path, language: str, parameters: dict[str, str]
) -> None:
    segments = a_chain(10, 4)
    done = verify_export(tmp_path, language, lines_of(segments, read_filters(parameters)))
    assert done.returncode == 0, done.stderr
    first, count = (4, 7) if "from" in parameters else (1, 0 if parameters else 10)
    verdict, part = done.stdout.splitlines()
    head = f"10:{segments[-1].event_hash.hex()}"
    assert verdict == f"valid: records {first} to 10, {count} in the file, head {head}"
    assert json.loads(part.removeprefix("of ")) == {
        "workspace": WORKSPACE,
        "from": "2026-11-23T12:00:04.000000Z" if "from" in parameters else None,
        "to": None,
        "filters": {name: text for name, text in parameters.items() if name != "from"},
    }


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_an_unpacked_export_is_read_too(tmp_path: Path, language: str) -> None:
    """Browsers unpack a .gz by themselves."""
    lines = lines_of(a_chain(10, 4))
    done = verify_export(tmp_path, language, lines, unpacked=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("valid: records 1 to 10, 10 in the file, head 10:")
    tampered = TAMPERED["changed"](lines)
    done = verify_export(tmp_path, language, tampered, unpacked=True)
    assert done.returncode == 1
    assert "broken: record 5 was changed" in done.stderr


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_an_export_of_an_empty_range_has_no_records_and_no_head(
    tmp_path: Path, language: str
) -> None:
    for parameters in ({"from": "2026-11-24T00:00:00Z"}, {"to": "2026-11-22T00:00:00Z"}):
        lines = lines_of(a_chain(10, 4), read_filters(parameters))
        done = verify_export(tmp_path, language, lines)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[0] == "valid: no records"


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_unusual_line_separators_do_not_end_a_line(tmp_path: Path, language: str) -> None:
    segments = a_chain(10, 4)
    records = [
        each.replace(b"document", "do\u2028cu\u0085ment".encode()) for each in records_of(segments)
    ]
    lines = lines_of([rewritten(segments[0], records[:4])])
    done = verify_export(tmp_path, language, lines)
    assert done.returncode == 0, done.stderr


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [*lines[:5], lines[5].replace(b"user_", b"usex_"), *lines[6:]],
    "removed": lambda lines: [*lines[:5], *lines[6:]],
    "inserted": lambda lines: [*lines[:6], *lines[5:]],
    "swapped": lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]],
    "segment removed": lambda lines: [*lines[:5], *lines[9:]],
    "cut off": lambda lines: lines[:-1],
    "left out": lambda lines: [*lines[:5], without_record(lines[5]), *lines[6:]],
    "damaged end": lambda lines: [lines[0].replace(b'head":null', b'head":"why"'), *lines[1:]],
    "nothing": lambda lines: lines[:0],
    "another head": lambda lines: [lines[0].replace(b'"head":{', b'"head":{"x":1,'), *lines[1:-2]],
}


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize("kind", TAMPERED)
def test_a_tampered_export_is_not_valid(tmp_path: Path, language: str, kind: str) -> None:
    done = verify_export(tmp_path, language, TAMPERED[kind](lines_of(a_chain(10, 4))))
    assert done.returncode != 0
    assert "valid" not in done.stdout


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"version": 3},
        {"first_sequence": 0, "head": {"sequence": -1, "event_hash": None}},
        {"first_sequence": 4, "head": {"sequence": 3, "event_hash": None}},
        {
            "first_sequence": 4,
            "from": "2026-11-23T12:00:04.000000Z",
            "head": {"sequence": 3, "event_hash": None},
        },
        {"previous_event_hash": "a" * 64, "head": {"sequence": 0, "event_hash": "a" * 64}},
    ],
)
def test_a_manifest_without_records_proves_none_of_its_claims(
    tmp_path: Path, language: str, changes: dict[str, object]
) -> None:
    manifest = {**json.loads(lines_of([])[0]), **changes}
    done = verify_export(tmp_path, language, [json.dumps(manifest).encode() + b"\n"])
    assert done.returncode != 0
    assert "valid" not in done.stdout


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize(
    "changes",
    [
        {"from": None},
        {"from": "2026-11-23T12:00:06.000000Z"},
        {"to": "2026-11-23T12:00:06.000000Z"},
    ],
)
def test_a_part_other_than_the_requested_one_is_found(
    tmp_path: Path, language: str, changes: dict[str, object]
) -> None:
    manifest, *lines = lines_of(a_chain(10, 4), read_filters({"from": "2026-11-23T12:00:04Z"}))
    edited = json.dumps({**json.loads(manifest), **changes}).encode() + b"\n"
    assert verify_export(tmp_path, language, [edited, *lines]).returncode != 0


LAID_OUT_OTHERWISE: dict[str, Callable[[bytes], bytes]] = {
    "carriage return": lambda line: line.replace(b"\n", b"\r\n"),
    "white space": lambda line: line.replace(b":", b": ", 1),
    "more names": lambda line: line.replace(b'{"leaf', b'{"more":1,"leaf'),
    "a name twice": lambda line: line.replace(b'{"leaf', b'{"leaf_hash":"00","leaf'),
    "a longer hash": lambda line: line.replace(b'"}', b'zz"}'),
    "another case": lambda line: line.upper().replace(b"LEAF_HASH", b"leaf_hash"),
    "no line feed": lambda line: line.rstrip(b"\n"),
}


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize("kind", LAID_OUT_OTHERWISE)
def test_a_line_is_read_as_our_tool_reads_it_or_refused(
    tmp_path: Path, language: str, kind: str
) -> None:
    lines = lines_of(a_chain(10, 4), read_filters({"actor_id": "nobody"}))
    changed = LAID_OUT_OTHERWISE[kind](lines[10])
    done = verify_export(tmp_path, language, [*lines[:10], changed])
    assert done.returncode != 0
    assert "valid" not in done.stdout


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
def test_a_segment_rewritten_with_matching_hashes_is_found(tmp_path: Path, language: str) -> None:
    segments = a_chain(10, 4)
    records = [each.replace(b"document", b"documemt") for each in records_of([segments[1]])]
    segments[1] = rewritten(segments[1], records)
    done = verify_export(tmp_path, language, lines_of(segments))
    assert done.returncode != 0
    assert "before 11" in done.stderr


@pytest.mark.parametrize("language", EXPORT_VERIFIERS)
@pytest.mark.parametrize("filters", [{}, {"actor_id": "nobody"}], ids=["all", "filtered"])
@pytest.mark.parametrize(
    ("damage", "place"),
    [(with_a_byte_changed, "record 6 was changed"), (with_a_fitting_prefix, "link before 9")],
    ids=["named by its prefix", "changed with its prefix"],
)
def test_a_record_changed_before_the_export_was_made_is_found(
    tmp_path: Path,
    language: str,
    filters: dict[str, str],
    damage: Callable[[Segment], Segment],
    place: str,
) -> None:
    segments = a_chain(10, 4)
    segments[1] = damage(segments[1])
    done = verify_export(tmp_path, language, lines_of(segments, read_filters(filters)))
    assert done.returncode != 0
    assert place in done.stderr
