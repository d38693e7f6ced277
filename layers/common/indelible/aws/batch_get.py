"""Batches of reads: items by their keys, with few calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..backoff import Backoff
from ..errors import Unavailable
from .clients import unavailable_on_failure
from .table import Table, text_of

if TYPE_CHECKING:
    from .table import Item, ReadItem

    Name = tuple[str, str]

MAX_KEYS = 100
"""Keys in a call, at most."""

_FRUITLESS_CALLS = 5
_FIRST_PAUSE_SECONDS = 0.02
"""The pauses after five fruitless calls add up to 0.6 seconds, which a request can wait.

A call is fruitless if it leaves all keys unprocessed. One that finds only missing items is not.
"""


def read_items(table: Table, keys: Iterable[Item]) -> Iterator[ReadItem]:
    """Yield the items with these keys, which differ, in this order; missing ones are left out.

    Reads are consistent. Calls are made as items are taken. One returns at most 1 MB of a partition
    and leaves the other keys unprocessed; these are then requested again.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
    """
    wanted = {_name_of(each): each for each in keys}
    names = [*wanted]
    for start in range(0, len(names), MAX_KEYS):
        yield from _read(table, {name: wanted[name] for name in names[start : start + MAX_KEYS]})


def _read(table: Table, wanted: dict[Name, Item]) -> Iterator[ReadItem]:
    unread = wanted
    found: dict[Name, ReadItem] = {}
    backoff, fruitless = Backoff(_FIRST_PAUSE_SECONDS), 0
    for name in wanted:
        while name in unread:
            items, left = _get_batch(table, unread)
            found |= items
            is_fruitless, unread = len(left) == len(unread), left
            if is_fruitless:
                fruitless += 1
                if fruitless == _FRUITLESS_CALLS:
                    raise Unavailable("DynamoDB left items unread")
                backoff.pause()
        if name in found:
            yield found.pop(name)


def _get_batch(
    table: Table, keys: dict[Name, Item]
) -> tuple[dict[Name, ReadItem], dict[Name, Item]]:
    """One call. Returns the items that it read, and the keys that it left unprocessed."""
    with unavailable_on_failure("DynamoDB"):
        answer = table.client.batch_get_item(
            RequestItems={table.name: {"Keys": [*keys.values()], "ConsistentRead": True}}
        )
    items: dict[Name, ReadItem] = {
        _name_of(each): each for each in answer["Responses"].get(table.name, [])
    }
    unprocessed = answer.get("UnprocessedKeys", {}).get(table.name)
    left = map(_name_of, unprocessed["Keys"]) if unprocessed else ()
    return items, {name: keys[name] for name in left}


def _name_of(item: ReadItem) -> Name:
    return text_of(item, "pk"), text_of(item, "sk")
