"""Events as the API shows them: the contract's fields, every one of them always there."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Any

import msgspec

from ..chain.hashes import GENESIS, leaf_hash
from ..chain.segment import Segment, event_hashes, read_records, split_leaf_hashes
from ..errors import Unreadable


class _Target(msgspec.Struct):
    type: str
    id: str | None = None
    name: str | None = None
    metadata: dict[str, Any] | None = None


class _Fields(msgspec.Struct):
    """What a record says of its event, by the names of the record."""

    id: str
    sequence: int
    created_at: str
    actor_id: str
    action: str
    actor_name: str | None = None
    actor_type: str | None = None
    action_category: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    resource_name: str | None = None
    metadata: dict[str, Any] | None = None
    targets: tuple[_Target, ...] = ()
    tenant_id: str | None = None
    session_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    idempotency_key: str | None = None
    version: int | None = None
    occurred_at: str | None = None


_decode = msgspec.json.Decoder(_Fields).decode


def hash_text(link: bytes) -> str | None:
    """An event hash as JSON has it; null before the first record."""
    return None if link == GENESIS else link.hex()


def public_event(record: bytes, previous: bytes, link: bytes) -> dict[str, object]:
    """One record's event, with the event hashes before and after it. Unreadable if it is none."""
    try:
        event = _decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"not a record of an event: {error}") from None
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
            "event_hash": hash_text(link),
            "previous_event_hash": hash_text(previous),
            "sequence": event.sequence,
        },
        "occurred_at": event.occurred_at,
        "created_at": event.created_at,
    }


class OpenSegment:
    """A segment with its records at hand. Unreadable when they are not what it says."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.records = read_records(segment)

    def holds(self, sequence: int) -> bool:
        """Whether this sequence is one of the segment's."""
        return self.segment.first_sequence <= sequence <= self.segment.last_sequence

    def record(self, sequence: int) -> bytes:
        """The bytes of the record with this sequence."""
        return self.records[sequence - self.segment.first_sequence]

    @cached_property
    def _links(self) -> list[bytes]:
        return [self.segment.previous_event_hash, *event_hashes(self.segment)]

    def event(self, sequence: int) -> dict[str, object]:
        """The event with this sequence, as the API shows it."""
        position = sequence - self.segment.first_sequence
        return public_event(self.records[position], *self._links[position : position + 2])

    def proof(self, sequence: int) -> dict[str, object]:
        """What shows that a record stands where it does in its segment.

        The leaf hash is that of the record, and the one at `sequence - first_sequence` among the
        segment's; folding these into `previous_event_hash` gives the segment's `event_hash`.
        """
        record, segment = self.record(sequence), self.segment
        return {
            "record": base64.b64encode(record).decode(),
            "leaf_hash": leaf_hash(record).hex(),
            "sequence": sequence,
            "segment": {
                "first_sequence": segment.first_sequence,
                "count": segment.count,
                "previous_event_hash": hash_text(segment.previous_event_hash),
                "event_hash": segment.event_hash.hex(),
                "leaf_hashes": [leaf.hex() for leaf in split_leaf_hashes(segment)],
            },
        }
