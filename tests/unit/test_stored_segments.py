"""A table that an earlier version wrote is read, verified, exported and continued by this one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.ledger import item_of, segment_of
from indelible.chain.segment import Segment, read_records
from indelible.codec import ZSTD
from indelible.filters import Filters
from indelible.reading.event_view import OpenSegment
from indelible.reading.listing import list_events
from indelible.verifying.breaks import BreakType
from indelible.writing.delivery import chain_messages
from support.builders import (
    WORKSPACE,
    a_delivered,
    a_queued_event,
    as_stored,
    at_second,
    records_of,
    tries,
)
from support.export_lines import kinds, lines_of, packed
from support.memory_ledger import MemoryLedger
from support.reading import events_of, plenty, reader_of
from support.tampering import breaks_of
from support.writers import writer_on

FOLDER = Path(__file__).parents[1] / "stored"


@cache
def stored() -> list[dict[str, Any]]:
    """The items of a chain of seven records, with whole leaf hashes."""
    document = json.loads((FOLDER / "segments-with-leaf-hashes.json").read_text())
    return [
        {name: _value(kind, text) for name, [(kind, text)] in _typed(item)}
        for item in document["Items"]
    ]


def _typed(item: dict[str, dict[str, str]]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(name, [*value.items()]) for name, value in item.items()]


def _value(kind: str, text: str) -> dict[str, Any]:
    return {kind: base64.b64decode(text) if kind == "B" else text}


def old_chain() -> list[Segment]:
    """The stored chain: segments of three, three and one records."""
    return [segment_of(item) for item in stored()]


def test_the_stored_items_are_those_of_the_version_before() -> None:
    assert [len(item["leaf_hashes"]["B"]) for item in stored()] == [96, 96, 32]
    assert all("leaf_prefixes" not in item and "codec" not in item for item in stored())


def test_stored_segments_are_read_and_verified() -> None:
    chain = old_chain()
    assert breaks_of(chain) == []
    actors = [json.loads(record)["actor_id"] for record in records_of(chain)]
    assert actors == [f"user_{n}" for n in range(1, 8)]
    page = list_events(reader_of(chain), WORKSPACE, Filters(), 25, None, plenty())
    assert [each["integrity"]["intact"] for each in events_of(page)] == [True] * 7


def test_an_event_of_a_stored_segment_has_its_proof() -> None:
    chain = old_chain()
    proof: Any = OpenSegment(chain[1]).proof(5)
    leaves = chain[1].leaf_prefixes
    assert proof["segment"]["leaf_hashes"] == [
        leaves[start : start + 32].hex() for start in (0, 32, 64)
    ]


def test_stored_segments_are_exported() -> None:
    lines = lines_of(old_chain())
    assert [json.loads(line)["record"]["sequence"] for line in lines[1:]] == [*range(1, 8)]
    assert kinds(packed(lines)) == []


def test_a_stored_chain_is_continued_with_prefixes() -> None:
    ledger = MemoryLedger()
    ledger.load(old_chain())
    events = [a_queued_event(n, at_second(n)) for n in (7, 8, 9)]
    chain_messages(writer_on(ledger), WORKSPACE, [a_delivered("m", *events)], tries(0))
    chain = ledger.chain(WORKSPACE)
    assert [(each.first_sequence, each.count) for each in chain] == [(1, 3), (4, 3), (7, 1), (8, 2)]
    assert [len(each.leaf_prefixes) for each in chain] == [96, 96, 32, 8]
    assert breaks_of(chain) == []
    assert kinds(packed(lines_of(chain))) == []


def test_a_changed_record_of_a_stored_segment_is_named_with_the_hash_that_was_expected() -> None:
    chain = old_chain()
    first, second, third = read_records(chain[1])
    changed = second.replace(b"user_5", b"user_6")
    chain[1] = replace(chain[1], records=as_stored([first, changed, third]), codec=ZSTD)
    [found] = breaks_of(chain)
    assert (found.type, found.sequence) == (BreakType.HASH_MISMATCH, 5)
    assert found.expected == chain[1].leaf_prefixes[32:64].hex()
    assert kinds(packed(lines_of(chain))) == [("hash_mismatch", 5)]


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_stored_segment_that_is_put_back_is_the_same(index: int) -> None:
    """A restored copy is written with whole leaf hashes as its prefixes."""
    segment = old_chain()[index]
    item = item_of(segment)
    assert segment_of(item) == segment
    assert item["leaf_prefixes"] == stored()[index]["leaf_hashes"]
