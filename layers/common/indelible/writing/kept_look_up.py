"""Kept look-ups: how far a look-up that ran out of time has come, stored for the next delivery.

A kept look-up decides whether an event counts as chained, so it is used only if two conditions
hold: the service signed it for this workspace, so nobody else can have written it; and the chain
still has the event hash that it had where the look-up ended, so everything before is still the
same. Otherwise it is ignored, and the look-up starts again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from ..chain.ledger import Ledger
from ..signing import is_signed, sign

MAX_KEPT_EVENTS = 5_000
"""Maximum events of a kept look-up, so that its item stays below DynamoDB's 400 KB. Ten messages of
ingest hold 1,000."""

_PURPOSE = "look-up"
_SIGNATURE_BYTES = 32


class KeptLookUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which events were found in the chain and which were not.

    The events of `found` are chained. Each event of `missing` is not, up to the sequence that it is
    mapped to. `through` is the farthest of these sequences, and `event_hash` the event hash there.
    """

    found: list[str]
    missing: dict[str, int]
    through: int
    event_hash: bytes


class LookUpItems(Protocol):
    """One item per workspace. Both methods raise Unavailable, and may be called again."""

    def find(self, workspace_id: str) -> bytes | None:
        """The item's bytes, read consistently."""

    def keep(self, workspace_id: str, signed: bytes) -> None:
        """Replace the item."""


@dataclass(frozen=True, slots=True)
class LookUpStore:
    """Where look-ups are kept, and the key that signs them."""

    items: LookUpItems
    key: Callable[[], bytes]

    def find(self, ledger: Ledger, workspace_id: str) -> KeptLookUp | None:
        """The kept look-up; None when there is none or it is not true any more."""
        signed = self.items.find(workspace_id)
        if signed is None:
            return None
        signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        message = _message(workspace_id, payload)
        if not is_signed(self.key(), _PURPOSE, message, signature):
            return None
        try:
            kept = msgspec.json.decode(payload, type=KeptLookUp)
        except msgspec.MsgspecError:
            return None  # another version wrote it
        segment = ledger.at_or_before(workspace_id, max(kept.through, 1))
        if segment is None:
            return None
        end = segment.last_sequence, segment.event_hash
        return kept if end == (kept.through, kept.event_hash) else None

    def keep(self, workspace_id: str, kept: KeptLookUp) -> None:
        """Store a look-up. One with more than MAX_KEPT_EVENTS is not stored, and starts again."""
        if len(kept.found) + len(kept.missing) <= MAX_KEPT_EVENTS:
            payload = msgspec.json.encode(kept)
            signature = sign(self.key(), _PURPOSE, _message(workspace_id, payload))
            self.items.keep(workspace_id, signature + payload)


def _message(workspace_id: str, payload: bytes) -> bytes:
    return workspace_id.encode() + b"\n" + payload
