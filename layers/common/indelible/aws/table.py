"""The table: the keys of its items, and the attributes that hold their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from ..errors import DamagedItem, Unreadable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef as Attribute

    Item = dict[str, Attribute]
    ReadItem = Mapping[str, Attribute]

WORKSPACES = "WORKSPACES"
"""The partition with one pointer for each workspace. Listing all workspaces reads it."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the client that reaches it."""

    client: DynamoDBClient
    name: str


def string(value: str) -> Attribute:
    """A string attribute."""
    return {"S": value}


def number(value: int) -> Attribute:
    """A number attribute."""
    return {"N": str(value)}


def strings(values: Iterable[str]) -> Attribute:
    """A set of strings as an attribute. DynamoDB refuses an empty one."""
    return {"SS": sorted(values)}


def binary(value: bytes) -> Attribute:
    """A binary attribute."""
    return {"B": value}


def text_of(item: ReadItem, name: str) -> str:
    """A string attribute's value. KeyError when it is missing."""
    return item[name]["S"]


def number_of(item: ReadItem, name: str) -> int:
    """A number attribute's value. KeyError when it is missing, ValueError if not an integer."""
    return int(item[name]["N"])


def strings_of(item: ReadItem, name: str) -> Sequence[str]:
    """The values of a set of strings. KeyError when it is missing."""
    return item[name]["SS"]


def bytes_of(item: ReadItem, name: str) -> bytes:
    """A binary attribute's value. KeyError when it is missing."""
    return bytes(item[name]["B"])


@contextmanager
def damaged_unless_readable(what: str) -> Iterator[None]:
    """Raise DamagedItem when an attribute is missing, has the wrong type or cannot be read."""
    try:
        yield
    except (KeyError, ValueError, Unreadable) as error:
        raise DamagedItem(f"the stored {what} is damaged: {error!r}") from None


def key(pk: str, sk: str) -> Item:
    """An item's primary key."""
    return {"pk": string(pk), "sk": string(sk)}


def chain_pk(workspace_id: str) -> str:
    """The partition of a workspace's chain."""
    return f"CHAIN#{workspace_id}"


def segment_sk(first_sequence: int) -> str:
    """The sort key of a segment. Its 16 digits sort in the order of the numbers."""
    return f"SEGMENT#{first_sequence:016d}"


def index_pk(workspace_id: str) -> str:
    """The partition of the directories of a chain's index."""
    return f"INDEX#{workspace_id}"


def directory_sk(block: int) -> str:
    """The sort key of a block's directory."""
    return f"DIRECTORY#{block:010d}"


def index_shard_pk(workspace_id: str, level: int, shard: int) -> str:
    """The partition of the pages of one shard, all of its blocks."""
    return f"INDEX#{workspace_id}#{level}#{shard}"


def page_sk(block: int) -> str:
    """The sort key of a block's page."""
    return f"PAGE#{block:010d}"


def claim_key(workspace_id: str, idempotency_key: str) -> Item:
    """The key of a claim. Idempotency keys are hashed, because they may be long or confidential."""
    return key(f"CLAIM#{workspace_id}#{_digest(idempotency_key)}", "CLAIM")


def request_claim_key(workspace_id: str, idempotency_key: str) -> Item:
    """The key of a request's claim. No event's claim has it, whatever the event's key is."""
    return key(f"CLAIM#{workspace_id}#REQUEST#{_digest(idempotency_key)}", "CLAIM")


def _digest(idempotency_key: str) -> str:
    return sha256(idempotency_key.encode()).hexdigest()


def workspace_pk(workspace_id: str) -> str:
    """The partition of a workspace's profile and pointers to its keys."""
    return f"WORKSPACE#{workspace_id}"


def profile_key(workspace_id: str) -> Item:
    """The key of a workspace's profile."""
    return key(workspace_pk(workspace_id), "PROFILE")


def usage_pk(workspace_id: str) -> str:
    """The partition of a workspace's usage: an item for each month."""
    return f"USAGE#{workspace_id}"


def usage_key(workspace_id: str, month: str) -> Item:
    """The key of a workspace's usage in a month, `yyyy-mm`.

    Usage has a partition of its own, because permissions depend on the partition: a function that
    counts must not be able to change a profile.
    """
    return key(usage_pk(workspace_id), f"USAGE#{month}")


def look_up_key(workspace_id: str) -> Item:
    """The key of a workspace's kept look-up."""
    return key(f"LOOKUP#{workspace_id}", "LOOKUP")


def export_key(workspace_id: str, export_id: str) -> Item:
    """The key of an export."""
    return key(f"EXPORT#{workspace_id}", export_id)


def unfinished_exports_key(
    workspace_id: str, forced_filters: Mapping[str, str] | None = None
) -> Item:
    """The key of the ids of the unfinished exports of a workspace, or of token holders.

    No export's id begins with `UNFINISHED`. A tenant's id may be too long for a key, so the key has
    a hash of it.
    """
    if forced_filters is None:
        return key(f"EXPORT#{workspace_id}", "UNFINISHED")
    digest = sha256(msgspec.json.encode(forced_filters, order="deterministic")).hexdigest()
    return key(f"EXPORT#{workspace_id}", f"UNFINISHED#{digest}")


def anchor_pk(workspace_id: str) -> str:
    """The partition of a workspace's anchors. Their sort keys are their days, `yyyy-mm-dd`."""
    return f"ANCHOR#{workspace_id}"


def anchor_place_key(tx_hash: str) -> Item:
    """The key of the item that says where the anchor with this hash is."""
    return key(f"ANCHOR#HASH#{tx_hash}", "ANCHOR")


def scrub_verdict_key(workspace_id: str) -> Item:
    """The key of what the watcher found last of a workspace."""
    return key("WATCHER", f"VERDICT#{workspace_id}")


def api_key_key(prefix: str) -> Item:
    """The key of an API key's item."""
    return key(f"KEY#{prefix}", "KEY")
