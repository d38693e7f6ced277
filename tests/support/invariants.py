"""What must hold for a chain, whatever happened, checked without the code that wrote it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from indelible.chain.fields import QueuedEvent
from indelible.chain.segment import Segment
from indelible.times import parse_time

from support.builders import WORKSPACE, records_of


def chained_ids(chain: Iterable[Segment]) -> list[str]:
    """The event id of every record, in order."""
    return [json.loads(each)["id"] for each in records_of(chain)]


def assert_sound(chain: list[Segment], workspace_id: str = WORKSPACE) -> None:
    """No event twice, no gap, strictly increasing created_at ≥ received_at, every link holds."""
    sequence, created_at, link = 0, 0, bytes(32)
    for segment in chain:
        assert segment.first_sequence == sequence + 1
        assert segment.previous_event_hash == link
        records = records_of([segment])
        assert segment.count == len(records)
        for record in records:
            read = json.loads(record)
            sequence += 1
            assert (read["sequence"], read["workspace_id"]) == (sequence, workspace_id)
            assert parse_time(read["created_at"]) > created_at
            created_at = parse_time(read["created_at"])
            assert created_at >= parse_time(read["received_at"])
            link = sha256(b"\x02" + link + sha256(b"\x00" + record).digest()).digest()
        assert segment.last_created_at == created_at
        assert segment.event_hash == link
    ids = chained_ids(chain)
    assert len(ids) == len(set(ids))


def assert_exactly_once(chain: list[Segment], events: Iterable[QueuedEvent]) -> None:
    """The chain is sound and holds these events and no others."""
    assert_sound(chain)
    assert set(chained_ids(chain)) == {event.id for event in events}
