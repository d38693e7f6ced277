"""Claims: stores which event uses an idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from ..backoff import Backoff
from ..errors import Unavailable
from ..ingest.ports import Claim
from ..times import format_time, parse_time
from .batch_get import read_items
from .clients import error_code, unavailable_on_failure
from .table import Table, binary, bytes_of, claim_key, damaged_unless_readable, string, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from .table import Item, ReadItem

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.02
"""The pauses of five tries add up to 0.6 seconds at most, which an API request can wait."""


class DynamoDBClaims:
    """`ingest.ports.Claims`. A claim is never changed and never expires."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, workspace_id: str, keys: list[str]) -> dict[str, Claim]:
        """The claims on these keys (at most 100), read consistently.

        DamagedItem when a stored claim cannot be read.
        """
        places = [claim_key(workspace_id, each) for each in keys]
        key_at = {text_of(place, "pk"): each for place, each in zip(places, keys, strict=True)}
        items = read_items(self._table, places)
        return {key_at[text_of(item, "pk")]: _claim_of(item) for item in items}

    def take(self, workspace_id: str, claims: Mapping[str, Claim]) -> dict[str, Claim]:
        """Claim each key. Returns the claims on keys that another request has taken first.

        All keys are claimed in one transaction, so that a request needs one call. It is repeated
        without the keys that made it fail.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
        """
        free = dict(claims)
        taken: dict[str, Claim] = {}
        backoff = Backoff(_FIRST_PAUSE_SECONDS)
        for _ in range(_TRIES):
            if not free:
                return taken
            lost = self._try_to_take(workspace_id, free)
            if lost is None:
                return taken
            taken |= {key: claim for key, claim in lost.items() if claim != claims[key]}
            free = {key: claim for key, claim in free.items() if key not in lost}
            if not lost:
                backoff.pause()
        if free:
            raise Unavailable("DynamoDB could not settle the claims on the idempotency keys")
        return taken

    def _try_to_take(self, workspace_id: str, claims: dict[str, Claim]) -> dict[str, Claim] | None:
        """Claim all keys or none. Returns None when it did, else the existing claims.

        Returns no claims when the transaction only conflicted with another one.
        """
        puts: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self._table.name,
                    "Item": _item_of(workspace_id, each, claim),
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for each, claim in claims.items()
        ]
        with unavailable_on_failure("DynamoDB"):
            try:
                self._table.client.transact_write_items(TransactItems=puts)
            except ClientError as error:
                if error_code(error) == "TransactionInProgressException":
                    return {}
                if error_code(error) != "TransactionCanceledException":
                    raise
                return _taken(error, list(claims))
        return None


def _taken(error: ClientError, keys: list[str]) -> dict[str, Claim]:
    reasons = error.response.get("CancellationReasons", [])
    retryable = {"None", "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"}
    if not reasons or any(reason.get("Code", "None") not in retryable for reason in reasons):
        raise error
    return {
        key: _claim_of(cast("ReadItem", reason["Item"]))
        for key, reason in zip(keys, reasons, strict=True)
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def _item_of(workspace_id: str, idempotency_key: str, claim: Claim) -> Item:
    item = claim_key(workspace_id, idempotency_key)
    item["event_id"] = string(claim.event_id)
    item["received_at"] = string(format_time(claim.received_at))
    if claim.content_sha256 is not None:
        item["content_sha256"] = binary(claim.content_sha256)
    return item


def _claim_of(item: ReadItem) -> Claim:
    with damaged_unless_readable("claim"):
        return Claim(
            text_of(item, "event_id"),
            parse_time(text_of(item, "received_at")),
            bytes_of(item, "content_sha256") if "content_sha256" in item else None,
        )
