"""Claims as items of the table: the same for an event and for a request, under other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ingest.ports import Claim, Key, RequestKey
from ..times import format_time, parse_time
from .table import (
    binary,
    bytes_of,
    claim_key,
    damaged_unless_readable,
    request_claim_key,
    string,
    text_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem


def place_of(workspace_id: str, key: Key) -> Item:
    """The place of the claim on a key."""
    if isinstance(key, RequestKey):
        return request_claim_key(workspace_id, key.text)
    return claim_key(workspace_id, key)


def _names_of(key: Key) -> tuple[str, str]:
    """The attributes of a claim that have its id and its digest."""
    if isinstance(key, RequestKey):
        return "request_id", "body_sha256"
    return "event_id", "content_sha256"


def claim_item(workspace_id: str, key: Key, claim: Claim) -> Item:
    """A claim as it is stored."""
    item, (id_name, digest_name) = place_of(workspace_id, key), _names_of(key)
    item[id_name] = string(claim.id)
    item["received_at"] = string(format_time(claim.received_at))
    if claim.content_sha256 is not None:
        item[digest_name] = binary(claim.content_sha256)
    return item


def read_claim(key: Key, item: ReadItem) -> Claim:
    """The claim on a key, as it is stored. Raises DamagedItem."""
    id_name, digest_name = _names_of(key)
    with damaged_unless_readable("claim"):
        return Claim(
            text_of(item, id_name),
            parse_time(text_of(item, "received_at")),
            bytes_of(item, digest_name) if digest_name in item else None,
        )
