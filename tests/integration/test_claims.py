"""Claims on each engine: an idempotency key stands for one event, whatever requests race for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.table import Table, claim_key
from indelible.errors import Unavailable
from indelible.identifiers import new_workspace_id
from indelible.ingest.ports import Claim, Claims
from support.aws_faults import (
    TIMEOUT,
    answering,
    changing_replies,
    counting,
    event_name,
    hooked,
    losing_replies,
    refusal,
)
from support.memory import MemoryClaims

NOW = 1_795_466_588_000_000


@pytest.fixture
def claims(engine: Table | None) -> Claims:
    return DynamoDBClaims(engine) if engine else MemoryClaims()


@pytest.fixture
def table_claims(table: Table) -> DynamoDBClaims:
    return DynamoDBClaims(table)


def some(count: int, of: str = "a") -> dict[str, Claim]:
    """Claims on key-0, key-1, …; `of` names the request that made them."""
    return {f"key-{n}": Claim(f"event-{of}-{n}", NOW + n, a_digest(of)) for n in range(count)}


def a_digest(of: str) -> bytes:
    """A stand-in for the digest of a content."""
    return b"\x01" + of.encode() * 32


def test_a_key_is_free_until_it_is_taken(claims: Claims, workspace_id: str) -> None:
    assert claims.find(workspace_id, ["key-0"]) == {}
    assert claims.take(workspace_id, some(1)) == {}
    assert claims.find(workspace_id, ["key-0"]) == some(1)


def test_a_hundred_keys_take_one_call_each_way(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    wanted = some(100)
    with counting(table.client) as calls:
        assert table_claims.find(workspace_id, list(wanted)) == {}
        assert table_claims.take(workspace_id, wanted) == {}
    assert calls == ["BatchGetItem", "TransactWriteItems"]
    assert table_claims.find(workspace_id, list(wanted)) == wanted


def test_any_text_can_be_a_key(claims: Claims, workspace_id: str) -> None:
    texts = ["\x00", "\u00e9", "e\u0301", "🦆" * 512, "a#b", " a", "a"]
    wanted = {text: Claim(f"event-{n}", NOW) for n, text in enumerate(texts)}
    assert claims.take(workspace_id, wanted) == {}
    assert claims.find(workspace_id, texts) == wanted


def test_a_claim_from_before_digests_existed_has_none(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    older = {"key-0": Claim("event-older", NOW)}
    assert table_claims.take(workspace_id, older) == {}
    item = table.client.get_item(TableName=table.name, Key=claim_key(workspace_id, "key-0"))["Item"]
    assert item.keys() == {"pk", "sk", "event_id", "received_at"}
    assert table_claims.find(workspace_id, ["key-0"]) == older
    assert table_claims.take(workspace_id, some(1)) == older


def test_the_same_key_in_two_workspaces_is_two_keys(claims: Claims, workspace_id: str) -> None:
    other = new_workspace_id()
    assert claims.take(workspace_id, some(1, "a")) == {}
    assert claims.take(other, some(1, "b")) == {}
    assert claims.find(workspace_id, ["key-0"]) == some(1, "a")
    assert claims.find(other, ["key-0"]) == some(1, "b")


def test_a_taken_key_stays_taken_and_its_claim_is_returned(
    claims: Claims, workspace_id: str
) -> None:
    claims.take(workspace_id, some(2, "a"))
    assert claims.take(workspace_id, some(4, "b")) == some(2, "a")
    found = claims.find(workspace_id, list(some(4)))
    assert found == {**some(4, "b"), **some(2, "a")}


def test_unprocessed_keys_are_requested_again(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    wanted = some(10)
    table_claims.take(workspace_id, wanted)

    def leave_seven(parsed: dict[str, Any]) -> None:
        items = parsed["Responses"][table.name]
        left = [{"pk": item["pk"], "sk": item["sk"]} for item in items[3:]]
        parsed["Responses"][table.name] = items[:3]
        parsed["UnprocessedKeys"] = {table.name: {"Keys": left, "ConsistentRead": True}}

    with (
        changing_replies(table.client, "BatchGetItem", leave_seven),
        counting(table.client) as calls,
    ):
        assert table_claims.find(workspace_id, list(wanted)) == wanted
    assert calls == ["BatchGetItem"] * 2


def test_keys_that_stay_unprocessed_are_not_treated_as_free(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    table_claims.take(workspace_id, some(1))

    def leave_all(parsed: dict[str, Any], **_: Any) -> None:
        left = [{k: item[k] for k in ("pk", "sk")} for item in parsed["Responses"][table.name]]
        parsed["Responses"] = {}
        parsed["UnprocessedKeys"] = {table.name: {"Keys": left, "ConsistentRead": True}}

    after = event_name("after-call", table.client, "BatchGetItem")
    with hooked(table.client, after, leave_all), pytest.raises(Unavailable, match="unread"):
        table_claims.find(workspace_id, ["key-0"])


@pytest.mark.parametrize("code", ["ThrottlingException", TIMEOUT])
def test_a_failed_look_up_is_an_error(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    with answering(table.client, "BatchGetItem", code), pytest.raises(Unavailable):
        table_claims.find(workspace_id, ["key-0"])


def test_a_race_has_one_winner_per_key(table_claims: DynamoDBClaims, workspace_id: str) -> None:
    """Every racer ends with the same view: its own claim, or the one returned to it."""
    keys = [f"key-{n}" for n in range(5)]

    def race(racer: int) -> dict[str, str]:
        mine = {k: Claim(f"event-{racer}", NOW) for k in keys[racer % 2 :]}
        while True:
            try:
                lost = table_claims.take(workspace_id, mine)
            except Unavailable:  # conflicts can outlast its retries; a client sends again
                continue
            return {k: claim.event_id for k, claim in {**mine, **lost}.items()}

    with ThreadPoolExecutor(6) as threads:
        views = list(threads.map(race, range(6)))
    stored = {k: claim.event_id for k, claim in table_claims.find(workspace_id, keys).items()}
    assert stored.keys() == set(keys)
    for view in views:
        assert view.items() <= stored.items()


def test_our_own_claim_after_a_lost_reply_is_ours(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    """botocore sends a request again when its reply is lost; the first one has taken the keys."""
    mine = some(3)
    with losing_replies(table.client, "TransactWriteItems"), pytest.raises(Unavailable):
        table_claims.take(workspace_id, mine)
    assert table_claims.take(workspace_id, mine) == {}
    assert table_claims.find(workspace_id, list(mine)) == mine


def cancelled(*reasons: str) -> Any:
    """A hook that answers the first call with these cancellation reasons."""
    waiting = [[{"Code": code} for code in reasons]]

    def answer(**_: Any) -> Any:
        if not waiting:
            return None
        return refusal("TransactionCanceledException", CancellationReasons=waiting.pop())

    return answer


@pytest.mark.parametrize(
    "reasons", [("TransactionConflict", "None"), ("ThrottlingError", "TransactionConflict")]
)
def test_a_conflict_is_retried(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, reasons: tuple[str, ...]
) -> None:
    event = event_name("before-call", table.client, "TransactWriteItems")
    with hooked(table.client, event, cancelled(*reasons)):
        assert table_claims.take(workspace_id, some(2)) == {}
    assert table_claims.find(workspace_id, list(some(2))) == some(2)


def test_a_transaction_in_progress_is_retried(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    with answering(table.client, "TransactWriteItems", "TransactionInProgressException"):
        assert table_claims.take(workspace_id, some(2)) == {}
    assert table_claims.find(workspace_id, list(some(2))) == some(2)


@pytest.mark.parametrize(
    "reasons",
    [("ItemCollectionSizeLimitExceeded", "None"), ("None", "ValidationError"), ("AccessDenied",)],
)
def test_a_cancellation_for_another_reason_is_an_error(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, reasons: tuple[str, ...]
) -> None:
    event = event_name("before-call", table.client, "TransactWriteItems")
    with (
        hooked(table.client, event, cancelled(*reasons)),
        counting(table.client) as calls,
        pytest.raises(Unavailable, match="TransactionCanceledException"),
    ):
        table_claims.take(workspace_id, some(len(reasons)))
    assert calls == []
    assert table_claims.find(workspace_id, list(some(2))) == {}


def test_a_lasting_conflict_is_an_error(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    codes = ["TransactionInProgressException"] * 5
    with (
        answering(table.client, "TransactWriteItems", *codes),
        pytest.raises(Unavailable, match="could not settle"),
    ):
        table_claims.take(workspace_id, some(1))
    assert table_claims.find(workspace_id, ["key-0"]) == {}
