"""A manifest that does not match its file is found, and an impossible one is refused."""

from __future__ import annotations

import json

import pytest
from indelible.errors import Unreadable
from indelible.export_file.manifest import read_manifest
from indelible.exporting.range import make_manifest
from indelible.filters import Filters, read_filters
from support.builders import NOON, SECOND, WORKSPACE, a_chain
from support.export_lines import breaks_of, kinds, lines_of, packed
from support.memory_ledger import MemoryLedger

CHAIN = a_chain(12, 3)


def test_the_manifest_reads_back_as_it_was_written() -> None:
    ledger = MemoryLedger()
    ledger.load(CHAIN)
    parameters = {"actor_id": "user_1", "from": "2026-11-23T12:00:03.000000Z"}
    manifest = make_manifest(ledger, WORKSPACE, read_filters(parameters), NOON)
    assert manifest.first_sequence == 3
    assert read_manifest(manifest.as_line()) == manifest


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"from": "2026-11-23T12:00:03.000000Z"}, [("time_order", 1), ("time_order", 2)]),
        ({"to": "2026-11-23T12:00:10.000000Z"}, [("time_order", 11), ("time_order", 12)]),
        ({"previous_event_hash": 64 * "1"}, [("chain_break", 1), ("chain_break", 3)]),
        ({"head": {"sequence": 12, "event_hash": 64 * "1"}}, [("chain_break", 12)]),
        ({"head": {"sequence": 13, "event_hash": 64 * "1"}, "records": 13}, [("sequence_gap", 12)]),
        ({"damage_after_head": "no segment"}, [("unreadable", 13)]),
    ],
)
def test_a_changed_manifest_is_found(
    changes: dict[str, object], expected: list[tuple[str, int]]
) -> None:
    manifest, *lines = lines_of(CHAIN)
    edited = json.dumps({**json.loads(manifest), **changes}).encode() + b"\n"
    assert kinds(packed([edited, *lines])) == expected


def test_a_file_that_begins_later_needs_the_hash_before_it() -> None:
    """Otherwise a file without records would verify at any place it claims."""
    manifest = json.loads(lines_of([])[0])
    manifest |= {"first_sequence": 4, "head": {"sequence": 3, "event_hash": None}}
    manifest["from"] = "2026-11-23T12:00:04.000000Z"
    assert kinds(packed([json.dumps(manifest).encode() + b"\n"])) == [("chain_break", 4)]


def test_a_cut_off_beginning_is_found_unless_a_start_time_was_requested() -> None:
    part = lines_of(CHAIN, Filters({}, NOON + 7 * SECOND))
    assert kinds(packed(part)) == []
    manifest = json.dumps({**json.loads(part[0]), "from": None}).encode() + b"\n"
    assert kinds(packed([manifest, *part[1:]])) == [("sequence_gap", 7)]


@pytest.mark.parametrize("text", [64 * "0", 64 * "A", " ".join(32 * ["aa"]), 62 * "a"])
@pytest.mark.parametrize("at_head", [False, True])
def test_a_hash_in_the_manifest_has_one_spelling(text: str, at_head: bool) -> None:
    """So that every verifier reads the same manifest, or none."""
    manifest, *lines = lines_of(CHAIN)
    changes = {"head": {"sequence": 12, "event_hash": text}}
    edited = {**json.loads(manifest), **(changes if at_head else {"previous_event_hash": text})}
    with pytest.raises(Unreadable, match="not a manifest"):
        breaks_of(packed([json.dumps(edited).encode() + b"\n", *lines]))


@pytest.mark.parametrize(
    "changes",
    [
        {"records": 13},
        {"first_sequence": 0, "records": 13},
        {"from": ""},
        {"from": "0"},
        {"to": "9"},
        {"to": "2026-11-23T12:00:12Z"},
        {"filters": {"from": "2026-11-23T12:00:01.000000Z"}},
        {"filters": {"to": "2026-11-23T12:00:12.000000Z"}},
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(changes: dict[str, object]) -> None:
    """Its values are shown to the person who verifies, so an export must be able to have them."""
    manifest, *lines = lines_of(CHAIN)
    edited = json.dumps({**json.loads(manifest), **changes}).encode() + b"\n"
    with pytest.raises(Unreadable, match="contradicts itself"):
        breaks_of(packed([edited, *lines]))
