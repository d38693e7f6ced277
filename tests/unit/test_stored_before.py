"""A table and a queue written before zstd are read, verified and continued."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from indelible.aws.ledger import segment_of
from indelible.chain.segment import Segment, read_records
from indelible.message import decode
from indelible.verifying.segments import verify
from indelible.writing.delivery import chain_messages
from support.builders import as_delivered, records_of, tries
from support.invariants import assert_sound, chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import writer_on

FOLDER = Path(__file__).parents[1] / "vectors" / "stored"
STORED: dict[str, Any] = json.loads((FOLDER / "zlib.json").read_text())
WORKSPACE: str = STORED["workspace_id"]


def test_the_fixture_is_what_that_version_wrote() -> None:
    digest = sha256((FOLDER / "zlib.json").read_bytes()).hexdigest()
    assert digest == "5b644ebb03c6300449721e924a8091207ec369ac5c3e344f67abcdc281caf67f"


def stored_chain() -> list[Segment]:
    """The segments, as botocore returns their items."""
    return [segment_of({name: _value(each) for name, each in i.items()}) for i in STORED["items"]]


def _value(attribute: dict[str, str]) -> Any:
    [(kind, value)] = attribute.items()
    return {kind: base64.b64decode(value) if kind == "B" else value}


def test_its_segments_are_read_byte_for_byte() -> None:
    chain = stored_chain()
    assert [segment.count for segment in chain] == [1, 3, 30, 6]
    assert sha256(b"\n".join(records_of(chain))).hexdigest() == STORED["records_sha256"]
    assert chained_ids(chain) == STORED["chained_ids"]


def test_its_chain_is_valid() -> None:
    steps = list(verify(WORKSPACE, stored_chain()))
    assert [step.breaks for step in steps] == [()] * 4
    assert steps[-1].head.sequence == 40


@pytest.mark.parametrize("number", range(3))
def test_its_messages_are_read(number: int) -> None:
    message = STORED["messages"][number]
    content = decode(message["body"])
    assert (content.workspace_id, content.correlation_id) == (WORKSPACE, "request-1")
    assert [event.id for event in content.events] == message["ids"]


def test_its_chain_is_continued_with_its_messages_each_event_once() -> None:
    """The first message is chained in part already."""
    ledger = MemoryLedger()
    ledger.load(stored_chain())
    messages = [as_delivered(f"m{n}", m["body"]) for n, m in enumerate(STORED["messages"])]
    outcome = chain_messages(writer_on(ledger), WORKSPACE, messages, tries(0))
    assert (outcome.failed, outcome.quarantined, outcome.chained) == ([], [], 6)
    chain = ledger.chain(WORKSPACE)
    assert [segment.codec for segment in chain] == ["zlib"] * 4 + ["zstd"]
    expected = dict.fromkeys(
        [*STORED["chained_ids"], *(i for m in STORED["messages"] for i in m["ids"])]
    )
    assert chained_ids(chain) == [*expected]
    assert_sound(chain, WORKSPACE)
    assert not any(step.breaks for step in verify(WORKSPACE, chain))
    assert len(read_records(chain[-1])) == 6
