"""The witnesses that runs ask: items `LOG` / `WITNESS#<name of the key>`.

The list says only whom to ask. Verifiers decide what a cosignature is worth, by a policy file of
their own. So a writer of the table cannot change that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import Conflict, DamagedItem, Unreadable
from ..tlog.keys import COSIGNATURES, VerifierKey
from .clients import unavailable_on_failure
from .table import Table, damaged_unless_readable, key, string, text_of
from .turn_item import LOG, WITNESS

if TYPE_CHECKING:
    from .table import Item, ReadItem

MAX_WITNESSES = 12
"""Every reader of notes accepts 16 signatures. Up to four are of the log's own keys."""


@dataclass(frozen=True, slots=True)
class ListedWitness:
    """The address of a witness, without `/add-checkpoint`, and the key of its cosignatures."""

    url: str
    key: VerifierKey


class WitnessList:
    """The list in the table. Implements `proving.ports.Witnesses`. Methods raise Unavailable."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def list(self) -> Iterator[ListedWitness | DamagedItem]:
        """The witnesses by the names of their keys, MAX_WITNESSES at most.

        A damaged item is yielded as its error. So it keeps nobody from asking the others.
        """
        with unavailable_on_failure("DynamoDB"):
            page = self._table.client.query(
                TableName=self._table.name,
                KeyConditionExpression="pk = :log AND begins_with(sk, :witness)",
                ExpressionAttributeValues={":log": string(LOG), ":witness": string(WITNESS)},
                ConsistentRead=True,
                Limit=MAX_WITNESSES,
            )
        yield from witnesses_of(page["Items"])

    def keys(self) -> Sequence[VerifierKey]:
        """The keys of the witnesses, by name, without those of damaged items."""
        return [each.key for each in self.list() if isinstance(each, ListedWitness)]

    def add(self, witness: ListedWitness) -> None:
        """Add a witness, or replace the one whose key has this name.

        Raises Unreadable if the key is not one for cosignatures, and Conflict if there are
        MAX_WITNESSES others.
        """
        if witness.key.type != COSIGNATURES:
            raise Unreadable(f"the key of {witness.key.name} is not one of a witness (type 0x04)")
        others = [
            each
            for each in self.list()
            if isinstance(each, DamagedItem) or each.key.name != witness.key.name
        ]
        if len(others) >= MAX_WITNESSES:
            raise Conflict(f"There are {len(others)} witnesses already. Remove one first.")
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(
                TableName=self._table.name,
                Item={
                    **_witness_key(witness.key.name),
                    "url": string(witness.url),
                    "vkey": string(witness.key.text),
                },
            )

    def remove(self, name: str) -> bool:
        """Remove the witness whose key has this name. Returns whether there was one."""
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.delete_item(
                TableName=self._table.name, Key=_witness_key(name), ReturnValues="ALL_OLD"
            )
        return bool(answer.get("Attributes"))


def witnesses_of(items: Iterable[ReadItem]) -> Iterator[ListedWitness | DamagedItem]:
    """The witnesses among these items of the log, as `WitnessList.list` returns them."""
    listed = (each for each in items if text_of(each, "sk").startswith(WITNESS))
    for item in islice(listed, MAX_WITNESSES):
        try:
            yield _witness_of(item)
        except DamagedItem as error:
            yield error


def _witness_key(name: str) -> Item:
    return key(LOG, f"{WITNESS}{name}")


def _witness_of(item: ReadItem) -> ListedWitness:
    with damaged_unless_readable("witness"):
        found = ListedWitness(text_of(item, "url"), VerifierKey.read(text_of(item, "vkey")))
        if found.key.type != COSIGNATURES or text_of(item, "sk") != WITNESS + found.key.name:
            raise Unreadable("its key is not one of a witness, or has another name")
        return found
