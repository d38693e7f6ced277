"""Claims: stores which event uses an idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ..backoff import Backoff
from ..errors import Unavailable
from ..ingest.ports import Claim, Failure, Taken
from ..times import format_time, parse_time
from .batch_get import read_items
from .clients import unavailable_on_failure
from .table import Table, binary, bytes_of, claim_key, damaged_unless_readable, string, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        BatchStatementRequestTypeDef,
        BatchStatementResponseTypeDef,
    )

    from .table import Item, ReadItem

    KeyedClaims = Mapping[str, Claim]
    Failures = dict[str, Failure]
    SideBySide = Callable[
        [Callable[[KeyedClaims], Failures], list[KeyedClaims]], Iterable[Failures]
    ]

_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.02
"""The pauses of five tries add up to 0.6 seconds at most, which an API request can wait."""

_KEYS_A_CALL = 25
"""The most statements that DynamoDB takes in one BatchExecuteStatement."""

_CALLS_SIDE_BY_SIDE = 4
_SERVER_ERROR = 500
_EXISTS = Failure("another claim on the key exists", may_be_claimed=False)


class DynamoDBClaims:
    """`ingest.ports.Claims`. A claim is never changed and never expires.

    `inserts` is the table through a client that never repeats a call. If botocore repeated it, a
    call whose last attempt is refused might have been carried out at its first. The simulator
    passes its own `side_by_side` and a smaller `keys_a_call`.
    """

    def __init__(
        self,
        table: Table,
        inserts: Table,
        side_by_side: SideBySide | None = None,
        keys_a_call: int = _KEYS_A_CALL,
    ) -> None:
        self._table = table
        self._inserts = inserts
        self._side_by_side = side_by_side or ThreadPoolExecutor(_CALLS_SIDE_BY_SIDE).map
        self._keys_a_call = keys_a_call

    def find(self, workspace_id: str, keys: list[str]) -> dict[str, Claim]:
        """The claims on these keys (at most 100), read consistently.

        DamagedItem when a stored claim cannot be read.
        """
        places = [claim_key(workspace_id, each) for each in keys]
        key_at = {text_of(place, "pk"): each for place, each in zip(places, keys, strict=True)}
        items = read_items(self._table, places)
        return {key_at[text_of(item, "pk")]: _claim_of(item) for item in items}

    def take(self, workspace_id: str, claims: KeyedClaims) -> Taken:
        """Claim each key that is free. Each key succeeds or fails on its own.

        DamagedItem when an existing claim cannot be read; other keys may have been claimed then.
        """
        lost: dict[str, Claim] = {}
        failed: Failures = {}
        free = claims
        backoff = Backoff(_FIRST_PAUSE_SECONDS)
        for left in reversed(range(_TRIES)):
            tried = self._insert(workspace_id, free)
            existing = [key for key, failure in tried.items() if failure is _EXISTS]
            failed = {key: _together(failed.get(key), tried[key]) for key in tried}
            try:
                found = self.find(workspace_id, existing) if existing else {}
            except Unavailable:
                break
            lost |= {key: claim for key, claim in found.items() if claim != claims[key]}
            failed = {key: failure for key, failure in failed.items() if key not in found}
            if not failed:
                break
            free = {key: claims[key] for key in failed}
            if left:
                backoff.pause()
        return Taken(lost, failed)

    def _insert(self, workspace_id: str, claims: KeyedClaims) -> Failures:
        """Try once to claim the keys, in as few calls as possible. Returns those that failed."""

        def insert(part: KeyedClaims) -> Failures:
            return self._insert_in_one_call(workspace_id, part)

        items = iter(claims.items())
        parts: list[KeyedClaims] = []
        while part := dict(islice(items, self._keys_a_call)):
            parts.append(part)
        tried = map(insert, parts) if len(parts) == 1 else self._side_by_side(insert, parts)
        return dict(chain.from_iterable(failures.items() for failures in tried))

    def _insert_in_one_call(self, workspace_id: str, claims: KeyedClaims) -> Failures:
        """Insert up to 25 claims, each of which succeeds or fails on its own.

        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
        """
        items = (_item_of(workspace_id, key, claim) for key, claim in claims.items())
        statements = [_insert_of(item, self._table.name) for item in items]
        try:
            with unavailable_on_failure("DynamoDB"):
                answer = self._inserts.client.batch_execute_statement(Statements=statements)
        except Unavailable as error:
            failure = Failure(str(error), may_be_claimed=not _is_refusal(error.__cause__))
            return dict.fromkeys(claims, failure)
        codes = [_code_of(each) for each in answer["Responses"]]
        return {key: _failure_of(code) for key, code in zip(claims, codes, strict=True) if code}


def _insert_of(item: Item, table_name: str) -> BatchStatementRequestTypeDef:
    """The statement that inserts an item if its key is free."""
    names = ", ".join(f"'{name}': ?" for name in item)
    return {
        "Statement": f'INSERT INTO "{table_name}" VALUE {{{names}}}',
        "Parameters": list(item.values()),
    }


def _is_refusal(error: BaseException | None) -> bool:
    """Whether DynamoDB refused a call, so that it certainly had no effect."""
    if not isinstance(error, ClientError):
        return False
    metadata = error.response.get("ResponseMetadata", {})
    return metadata.get("HTTPStatusCode", _SERVER_ERROR) < _SERVER_ERROR


def _code_of(response: BatchStatementResponseTypeDef) -> str | None:
    """The code of a statement's error, None if it succeeded.

    An error without a code may have any cause, so it counts as one of the server.
    """
    if "Error" not in response:
        return None
    return response["Error"].get("Code") or "InternalServerError"


def _failure_of(code: str) -> Failure:
    """The failure of a statement in a batch that was answered with this code."""
    if code == "DuplicateItem":
        return _EXISTS
    return Failure(f"DynamoDB answered {code}", may_be_claimed=code == "InternalServerError")


def _together(earlier: Failure | None, latest: Failure) -> Failure:
    """The failure of a key that failed twice."""
    may_be_claimed = latest.may_be_claimed or (earlier is not None and earlier.may_be_claimed)
    return Failure(latest.reason, may_be_claimed)


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
