"""Claims: stores which event or request uses an idempotency key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from botocore.exceptions import ClientError

from ..backoff import Backoff
from ..errors import Unavailable
from ..ingest.ports import Claim, Failure, Key, Taken
from .batch_get import MAX_KEYS, read_items
from .claim_item import claim_item, place_of, read_claim
from .clients import unavailable_on_failure
from .table import Table, text_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        BatchStatementRequestTypeDef,
        BatchStatementResponseTypeDef,
    )

    from .table import Item

    KeyedClaims = Mapping[Key, Claim]
    Failures = dict[Key, Failure]

    class SideBySide(Protocol):
        """Calls a function with each of the parts, at the same time, and returns the results."""

        def __call__(
            self, call: Callable[[Part], Result], parts: list[Part], /
        ) -> Iterable[Result]:
            """The results, in any order."""


Part = TypeVar("Part")
Result = TypeVar("Result")

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

    def find(self, workspace_id: str, keys: Sequence[Key]) -> dict[Key, Claim]:
        """The claims on these keys, read consistently. A call reads 100 of them.

        DamagedItem when a stored claim cannot be read.
        """

        def find(part: Sequence[Key]) -> dict[Key, Claim]:
            return self._find_in_one_call(workspace_id, part)

        parts = [keys[start : start + MAX_KEYS] for start in range(0, len(keys), MAX_KEYS)]
        found = map(find, parts) if len(parts) == 1 else self._side_by_side(find, parts)
        return dict(chain.from_iterable(each.items() for each in found))

    def _find_in_one_call(self, workspace_id: str, keys: Sequence[Key]) -> dict[Key, Claim]:
        places = [place_of(workspace_id, each) for each in keys]
        key_at = {text_of(place, "pk"): each for place, each in zip(places, keys, strict=True)}
        items = ((key_at[text_of(each, "pk")], each) for each in read_items(self._table, places))
        return {key: read_claim(key, item) for key, item in items}

    def take(self, workspace_id: str, claims: KeyedClaims) -> Taken:
        """Claim each key that is free. Each key succeeds or fails on its own.

        DamagedItem when an existing claim cannot be read; other keys may have been claimed then.
        """
        lost: dict[Key, Claim] = {}
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
        items = (claim_item(workspace_id, key, claim) for key, claim in claims.items())
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
