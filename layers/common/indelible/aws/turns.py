"""The turn, the requests of operators and the newest cosignatures: items of the partition `LOG`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ..checkpoints.requests import Request
from ..checkpoints.turn import Turn
from ..errors import DamagedItem
from ..proving.ports import Position
from ..times import format_time, parse_time
from ..tlog.note import Note
from .batch_get import read_items
from .clients import unavailable_on_failure, write_if
from .table import Table, damaged_unless_readable, number, string, text_of
from .turn_item import (
    LOG,
    REQUEST,
    WITNESS,
    attributes_of_request,
    cosigned_key,
    item_of_note,
    item_of_turn,
    note_of,
    request_key,
    request_of,
    turn_key,
    turn_of,
)

if TYPE_CHECKING:
    from .table import Item, ReadItem


class DynamoDBTurns:
    """Implements `covering.ports.Turns`, and `proving.ports.Positions`.

    `begun_with` are the items that `read_log` returned as a run began. The first `read` and the
    first `requests` then take theirs from it, and call nothing. Methods raise Unavailable, and
    those that read one item DamagedItem.
    """

    def __init__(self, table: Table, begun_with: Sequence[ReadItem] | None = None) -> None:
        self._table = table
        self._turns = _those_of(begun_with, _TURN)
        self._begun_requests = _those_of(begun_with, REQUEST)

    def read(self) -> Turn | None:
        """The turn that was taken last; None if there is none."""
        known, self._turns = self._turns, None
        item = self._get(turn_key()) if known is None else next(iter(known), None)
        return turn_of(item) if item else None

    def take(self, turn: Turn, after: Turn | None) -> bool:
        """Take a turn if the last one still is `after`. Returns whether it was taken.

        The size belongs to the text, so run and text name a turn. botocore repeats a call whose
        reply is lost. Then this returns False, though the turn was taken.
        """
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if after:
            condition = {
                "ConditionExpression": "#run = :run AND #text = :text",
                "ExpressionAttributeNames": {"#run": "run", "#text": "text"},
                "ExpressionAttributeValues": {
                    ":run": number(after.run),
                    ":text": string(after.text.decode()),
                },
            }
        refused = write_if(
            self._table.client.put_item,
            TableName=self._table.name,
            Item=item_of_turn(turn),
            **condition,
        )
        return refused is None

    def keep_cosigned(
        self, note: Note, asked_at: int, instead_of: Note | None = None
    ) -> Note | None:
        """Keep a checkpoint with the cosignatures that came when witnesses were asked.

        Returns None if it is kept, or else the one that is kept. A call whose reply is lost and
        that is repeated returns the note itself, which is kept.
        """
        item = item_of_note(note, asked_at)
        values = {":size": item["size"], ":at": item["asked_at"]}
        newer = "attribute_not_exists(#size) OR #size < :size OR #size = :size AND asked_at < :at"
        if instead_of:
            newer += " OR note = :other"
            values[":other"] = string(instead_of.encoded.decode())
        kept = write_if(
            self._table.client.put_item,
            TableName=self._table.name,
            Item=item,
            ConditionExpression=newer,
            ExpressionAttributeNames={"#size": "size"},
            ExpressionAttributeValues=values,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return note_of(kept)

    def cosigned(self) -> Note | None:
        """The checkpoint that was kept last with its cosignatures.

        It may be of an older run than the newest. Then those that the newest published are newer.
        """
        return note_of(self._get(cosigned_key()))

    def position(self) -> Position:
        """The turn, and the checkpoint that `cosigned` returns, with one call."""
        items = read_items(self._table, [turn_key(), cosigned_key()])
        found = {text_of(item, "sk"): item for item in items}
        turn, cosigned = (
            found.get(text_of(turn_key(), "sk")),
            found.get(text_of(cosigned_key(), "sk")),
        )
        return Position(turn_of(turn) if turn else None, note_of(cosigned))

    def request(self, request: Request, now: int) -> None:
        """Request something of the next run, at `now` in microseconds."""
        self._put(
            {
                **request_key(request),
                **attributes_of_request(request),
                "requested_at": string(format_time(now)),
            }
        )

    def requests(self) -> Sequence[Request | DamagedItem]:
        """What operators want of the next run, oldest first. Damaged items are their errors."""
        known, self._begun_requests = self._begun_requests, None
        items = self._read_requests() if known is None else known
        found, damaged = list[tuple[int, Request]](), list[DamagedItem]()
        for item in items:
            try:
                found.append((_requested_at(item), request_of(item)))
            except DamagedItem as error:
                damaged.append(error)
        return [*(request for _, request in sorted(found, key=itemgetter(0))), *damaged]

    def done(self, requests: Iterable[Request]) -> None:
        """Remove requests that a published run has fulfilled."""
        for each in requests:
            with unavailable_on_failure("DynamoDB"):
                self._table.client.delete_item(TableName=self._table.name, Key=request_key(each))

    def _read_requests(self) -> Iterator[ReadItem]:
        return _query(self._table, REQUEST, REQUEST + _LAST)

    def _get(self, name: Item) -> ReadItem | None:
        with unavailable_on_failure("DynamoDB"):
            answer = self._table.client.get_item(
                TableName=self._table.name, Key=name, ConsistentRead=True
            )
        return answer.get("Item")

    def _put(self, item: Item) -> None:
        with unavailable_on_failure("DynamoDB"):
            self._table.client.put_item(TableName=self._table.name, Item=item)


def read_log(table: Table) -> list[ReadItem]:
    """What a run begins with: the requests, the turn and the witnesses, as items.

    That is one call, and a read unit for 4 KB. It leaves out the cosigned checkpoint.
    """
    return [*_query(table, REQUEST, WITNESS + _LAST)]


def _query(table: Table, first: str, last: str) -> Iterator[ReadItem]:
    """The items of the log whose sort keys are from `first` to `last`."""
    query: dict[str, Any] = {
        "TableName": table.name,
        "KeyConditionExpression": "pk = :log AND sk BETWEEN :first AND :last",
        "ExpressionAttributeValues": {
            ":log": string(LOG),
            ":first": string(first),
            ":last": string(last),
        },
        "ConsistentRead": True,
    }
    while True:
        with unavailable_on_failure("DynamoDB"):
            page = table.client.query(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _those_of(items: Sequence[ReadItem] | None, start: str) -> list[ReadItem] | None:
    """The items whose sort keys begin so; None without items."""
    if items is None:
        return None
    return [each for each in items if text_of(each, "sk").startswith(start)]


_LAST = "\U0010ffff"
"""Sorts after all that follows the beginning of a sort key."""

_TURN = text_of(turn_key(), "sk")


def _requested_at(item: ReadItem) -> int:
    with damaged_unless_readable("request to the log"):
        return parse_time(text_of(item, "requested_at"))
