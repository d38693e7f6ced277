"""The fields of a record that filters and the index read."""

from __future__ import annotations

from typing import Any

import msgspec

from ..chain.fields import Target
from ..encoding import read_json

WILDCARD = "*"
"""At the end of a wanted action it stands for any text."""

_COMPARED = len("2026-11-23T20:23:08.000001")


class Selectable(msgspec.Struct, gc=False):
    """The fields of a record that filters and the index read, as `chain/fields.py` has them.

    Other fields are skipped, because a query may have to read every record of a chain.
    """

    id: str
    created_at: str
    received_at: str
    action: str
    actor_id: str | None = None
    action_category: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    tenant_id: str | None = None
    session_id: str | None = None
    actor_name: str | None = None
    actor_type: str | None = None
    resource_name: str | None = None
    ip_address: str | None = None
    occurred_at: str | None = None
    targets: tuple[Target, ...] = ()
    metadata: Any = None

    @property
    def happened_at(self) -> str:
        """When it happened, to the microsecond: occurred_at, or created_at if that is absent.

        It has no zone and at most 26 characters. Such texts sort in the order of time.
        """
        return (self.created_at if self.occurred_at is None else self.occurred_at)[:_COMPARED]


_decode = msgspec.json.Decoder(Selectable).decode


def read_selectable(record: bytes) -> Selectable:
    """The fields that filters read. Unreadable when these bytes are not a record."""
    return read_json(_decode, record, "a record")
