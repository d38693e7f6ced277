"""The golden chains of tests/vectors, checked with hashlib alone and with our own code."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from indelible.chain.fields import QueuedEvent
from indelible.chain.hashes import EMPTY, event_hash, leaf_hash
from indelible.chain.record import build
from indelible.chain.segment import event_hashes_of, read_records
from indelible.times import parse_time
from indelible.verifying.segments import verify
from indelible.writing.build_segment import build_segment
from support.builders import a_segment, as_stored

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS = sorted(path.stem for path in FOLDER.glob("*.json"))
HASHES = {
    "numbers": "d14d80299673335d6d920f4b095695beafd222668b0dc2b8193450dbb1766fa7",
    "reference": "e4419021ded012a51875387aa52c14b7ab570bb74c2b7c3a2a8db8bb71be7591",
    "text": "2881e0b22a4a09422bee2510b9b537aa45a5ab42440ad584d2e82e9017e8b659",
    "times": "36c0d8cc75877d1cba408b32ce323232e4647ea44f76af476d0b72e3738c8030",
}
"""The last event hash of each chain. These are published, so no change of ours may alter them."""


def load(name: str) -> dict[str, Any]:
    vector: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return vector


def queued(given: dict[str, Any]) -> QueuedEvent:
    return QueuedEvent(given["id"], parse_time(given["received_at"]), given["fields"])


def test_the_published_chains_are_complete_and_unchanged() -> None:
    assert {name: load(name)["records"][-1]["event_hash"] for name in VECTORS} == HASHES


@pytest.mark.parametrize("name", VECTORS)
def test_hashlib_alone_computes_the_published_hashes(name: str) -> None:
    previous = bytes(32)
    for sequence, each in enumerate(load(name)["records"], start=1):
        record = bytes.fromhex(each["record_hex"])
        assert record == each["record"].encode()
        leaf = sha256(b"\x00" + record).digest()
        link = sha256(b"\x02" + previous + leaf).digest()
        assert each["leaf_hash"] == leaf.hex()
        assert each["event_hash"] == link.hex()
        assert each["previous_event_hash"] == (previous.hex() if sequence > 1 else None)
        previous = link


@pytest.mark.parametrize("name", VECTORS)
def test_our_code_writes_the_published_bytes(name: str) -> None:
    vector, previous = load(name), bytes(32)
    for each in vector["records"]:
        given = each["input"]
        record = build(
            queued(given),
            vector["workspace_id"],
            given["sequence"],
            parse_time(given["created_at"]),
            bytes.fromhex(given["salt"]),
        )
        assert record.hex() == each["record_hex"]
        previous = event_hash(previous, leaf_hash(record))
        assert previous.hex() == each["event_hash"]


@pytest.mark.parametrize("name", VECTORS)
def test_our_writer_packs_the_published_chain(name: str) -> None:
    vector = load(name)
    records, salts = vector["records"], count()

    def entropy(size: int) -> bytes:
        assert next(salts) == 0
        published = b"".join(bytes.fromhex(each["input"]["salt"]) for each in records)
        assert len(published) == size
        return published

    events = [queued(each["input"]) for each in records]
    segment = build_segment(vector["workspace_id"], EMPTY, events, entropy)
    assert [each.hex() for each in read_records(segment)] == [r["record_hex"] for r in records]
    assert segment.leaf_prefixes.hex() == "".join(r["leaf_hash"][:8] for r in records)
    assert [each.hex() for each in event_hashes_of(segment)] == [r["event_hash"] for r in records]


@pytest.mark.parametrize("name", VECTORS)
def test_our_verifier_accepts_the_published_chain_and_no_other(name: str) -> None:
    vector = load(name)
    records = [bytes.fromhex(each["record_hex"]) for each in vector["records"]]
    first, last = (parse_time(vector["records"][n]["input"]["created_at"]) for n in (0, -1))
    segment = a_segment(records, first_created_at=first, last_created_at=last)
    [step] = verify(vector["workspace_id"], [segment])
    assert step.breaks == ()
    assert step.head.event_hash.hex() == vector["records"][-1]["event_hash"]
    changed = [records[0].replace(b'"action":"', b'"action":"x'), *records[1:]]
    [step] = verify(vector["workspace_id"], [replace(segment, records=as_stored(changed))])
    assert step.breaks
