"""Events as the API shows them: every field of the contract, null where it is absent."""

from __future__ import annotations

import base64
from functools import cached_property

import msgspec

from ..chain.fields import EventFields
from ..chain.hashes import hash_text, leaf_hashes
from ..chain.segment import Segment, read_records
from ..encoding import read_json
from ..verifying.segments import checked_event_hashes


class ListedEvent(EventFields, kw_only=True):
    """The fields of a record that the API shows."""

    id: str
    created_at: str


_decode = msgspec.json.Decoder(ListedEvent).decode


Links = tuple[bytes, bytes]
"""The event hashes before and after a record."""


def public_event(record: bytes, sequence: int, links: Links | None) -> dict[str, object]:
    """The event of one record. `links` is None if its segment is damaged.

    `sequence` is where the record is stored, since a damaged record may say anything. Unreadable
    when these bytes are not a record.
    """
    previous, link = links or (None, None)
    event = read_json(_decode, record, "a record of an event")
    return {
        "id": event.id,
        "actor": {"id": event.actor_id, "name": event.actor_name, "type": event.actor_type},
        "action": event.action,
        "action_category": event.action_category,
        "resource": {
            "type": event.resource,
            "id": event.resource_id,
            "name": event.resource_name,
        },
        "targets": event.targets,
        "metadata": event.metadata,
        "tenant_id": event.tenant_id,
        "session_id": event.session_id,
        "ip_address": event.ip_address,
        "user_agent": event.user_agent,
        "ip_country": None,
        "ip_city": None,
        "idempotency_key": event.idempotency_key,
        "version": event.version,
        "integrity": {
            "intact": links is not None,
            "event_hash": link and hash_text(link),
            "previous_event_hash": previous and hash_text(previous),
            "sequence": sequence,
        },
        "occurred_at": event.occurred_at,
        "created_at": event.created_at,
    }


def record_text(record: bytes) -> str:
    """The exact text of a record. One that is not UTF-8 is damaged, and its text shows that."""
    return record.decode(errors="replace")


class OpenSegment:
    """A segment and its decompressed records. Raises Unreadable when the records are damaged."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.records = read_records(segment)

    def holds(self, sequence: int) -> bool:
        """Whether the record with this sequence is in the segment."""
        return self.segment.holds(sequence)

    def record(self, sequence: int) -> bytes:
        """The bytes of the record with this sequence."""
        return self.records[sequence - self.segment.first_sequence]

    @cached_property
    def _event_hashes(self) -> list[bytes] | None:
        """The event hashes before and after each record, checked once. None if damaged."""
        checked = checked_event_hashes(self.segment, self.records)
        return None if checked is None else [self.segment.previous_event_hash, *checked]

    @property
    def is_intact(self) -> bool:
        """Whether `verify` finds no break in the segment itself."""
        return self._event_hashes is not None

    def event(self, sequence: int) -> dict[str, object]:
        """The event with this sequence, as the API shows it."""
        position, hashes = sequence - self.segment.first_sequence, self._event_hashes
        links = None if hashes is None else (hashes[position], hashes[position + 1])
        return public_event(self.record(sequence), sequence, links)

    def proof(self, sequence: int) -> dict[str, object] | None:
        """The values that prove the place of a record in its segment. None if it is damaged.

        `leaf_hash` is the hash of the record. It is at `sequence - first_sequence` in
        `leaf_hashes`. Folding all of these into `previous_event_hash` gives `event_hash`.
        """
        if not self.is_intact:
            return None
        segment, leaves = self.segment, leaf_hashes(self.records)
        return {
            "record": base64.b64encode(self.record(sequence)).decode(),
            "leaf_hash": leaves[sequence - segment.first_sequence].hex(),
            "sequence": sequence,
            "segment": {
                "first_sequence": segment.first_sequence,
                "count": segment.count,
                "previous_event_hash": hash_text(segment.previous_event_hash),
                "event_hash": segment.event_hash.hex(),
                "leaf_hashes": [leaf.hex() for leaf in leaves],
            },
        }
