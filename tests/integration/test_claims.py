"""Claims on each engine: an idempotency key stands for one event, whatever requests race for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import pytest
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.table import Table, claim_key, request_claim_key
from indelible.errors import Unavailable
from indelible.identifiers import new_workspace_id
from indelible.ingest.ports import Claim, Claims, Failure, Key, RequestKey, Taken
from support.aws_faults import (
    TIMEOUT,
    answering,
    changing_replies,
    counting,
    event_name,
    hooked,
    losing_replies,
)
from support.memory import MemoryClaims

NOW = 1_795_466_588_000_000
ALL = Taken({}, {})
"""Every key was claimed."""

INSERT = "BatchExecuteStatement"


@pytest.fixture
def claims(engine: Table | None) -> Claims:
    return DynamoDBClaims(engine, engine) if engine else MemoryClaims()


@pytest.fixture
def table_claims(table: Table) -> DynamoDBClaims:
    return DynamoDBClaims(table, table)


def some(count: int, of: str = "a") -> dict[Key, Claim]:
    """Claims on key-0, key-1, …; `of` names the request that made them."""
    return {f"key-{n}": Claim(f"event-{of}-{n}", NOW + n, a_digest(of)) for n in range(count)}


def a_digest(of: str) -> bytes:
    """A stand-in for the digest of a content."""
    return b"\x01" + of.encode() * 32


def test_a_key_is_free_until_it_is_taken(claims: Claims, workspace_id: str) -> None:
    assert claims.find(workspace_id, ["key-0"]) == {}
    assert claims.take(workspace_id, some(1)) == ALL
    assert claims.find(workspace_id, ["key-0"]) == some(1)


def test_a_hundred_keys_are_found_in_one_call_and_taken_in_four(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    wanted = some(100)
    with counting(table.client) as calls:
        assert table_claims.find(workspace_id, list(wanted)) == {}
        assert table_claims.take(workspace_id, wanted) == ALL
    assert calls == ["BatchGetItem", *["BatchExecuteStatement"] * 4]
    assert table_claims.find(workspace_id, list(wanted)) == wanted


def test_a_thousand_keys_and_that_of_the_request_are_found_in_calls_of_a_hundred(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    wanted = {RequestKey("key-0"): Claim("request-a", NOW, a_digest("a")), **some(1_000)}
    with counting(table.client) as calls:
        assert table_claims.find(workspace_id, list(wanted)) == {}
        assert table_claims.take(workspace_id, wanted) == ALL
    assert calls == [*["BatchGetItem"] * 11, *[INSERT] * 41]
    assert table_claims.find(workspace_id, list(wanted)) == wanted


def test_a_request_and_an_event_may_use_the_same_text(claims: Claims, workspace_id: str) -> None:
    """Also a text that looks like the key of a claim on a request."""
    texts = ["a", "REQUEST#a", f"REQUEST#{sha256(b'a').hexdigest()}"]
    ours: dict[Key, Claim] = {RequestKey(text): Claim(f"request-{text}", NOW) for text in texts}
    theirs: dict[Key, Claim] = {text: Claim(f"event-{text}", NOW) for text in texts}
    assert claims.take(workspace_id, ours) == ALL
    assert claims.take(workspace_id, theirs) == ALL
    assert claims.find(workspace_id, [*ours, *theirs]) == ours | theirs


def test_the_claim_of_a_request_is_in_its_workspace_partitions_and_without_its_key(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    claim = Claim("request-a", NOW, a_digest("a"))
    table_claims.take(workspace_id, {RequestKey("a secret"): claim})
    place = request_claim_key(workspace_id, "a secret")
    item = table.client.get_item(TableName=table.name, Key=place)["Item"]
    assert item["pk"]["S"].startswith(f"CLAIM#{workspace_id}#")
    assert item.keys() == {"pk", "sk", "request_id", "received_at", "body_sha256"}
    assert "secret" not in repr(item)


def test_any_text_can_be_a_key(claims: Claims, workspace_id: str) -> None:
    texts = ["\x00", "\u00e9", "e\u0301", "🦆" * 512, "a#b", " a", "a"]
    wanted: dict[Key, Claim] = {text: Claim(f"event-{n}", NOW) for n, text in enumerate(texts)}
    assert claims.take(workspace_id, wanted) == ALL
    assert claims.find(workspace_id, texts) == wanted


def test_a_claim_from_before_digests_existed_has_none(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    older: dict[Key, Claim] = {"key-0": Claim("event-older", NOW)}
    assert table_claims.take(workspace_id, older) == ALL
    item = table.client.get_item(TableName=table.name, Key=claim_key(workspace_id, "key-0"))["Item"]
    assert item.keys() == {"pk", "sk", "event_id", "received_at"}
    assert table_claims.find(workspace_id, ["key-0"]) == older
    assert table_claims.take(workspace_id, some(1)) == Taken(older, {})


def test_the_same_key_in_two_workspaces_is_two_keys(claims: Claims, workspace_id: str) -> None:
    other = new_workspace_id()
    assert claims.take(workspace_id, some(1, "a")) == ALL
    assert claims.take(other, some(1, "b")) == ALL
    assert claims.find(workspace_id, ["key-0"]) == some(1, "a")
    assert claims.find(other, ["key-0"]) == some(1, "b")


def test_a_taken_key_stays_taken_and_its_claim_is_returned(
    claims: Claims, workspace_id: str
) -> None:
    claims.take(workspace_id, some(2, "a"))
    assert claims.take(workspace_id, some(4, "b")) == Taken(some(2, "a"), {})
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

    def race(racer: int) -> dict[Key, str]:
        mine: dict[Key, Claim] = {k: Claim(f"event-{racer}", NOW) for k in keys[racer % 2 :]}
        taken = table_claims.take(workspace_id, mine)
        assert taken.failed == {}
        return {k: claim.id for k, claim in {**mine, **taken.lost}.items()}

    with ThreadPoolExecutor(6) as threads:
        views = list(threads.map(race, range(6)))
    stored = {k: claim.id for k, claim in table_claims.find(workspace_id, keys).items()}
    assert stored.keys() == set(keys)
    for view in views:
        assert view.items() <= stored.items()


def test_our_own_claim_after_a_lost_reply_is_ours(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    """The inserts are made again when their reply is lost; the first ones took the keys."""
    mine = some(3)
    with losing_replies(table.client, INSERT), counting(table.client) as calls:
        assert table_claims.take(workspace_id, mine) == ALL
    assert calls == [INSERT, INSERT, "BatchGetItem"]
    assert table_claims.take(workspace_id, mine) == ALL
    assert table_claims.find(workspace_id, list(mine)) == mine


def test_who_loses_a_key_reads_who_holds_it_in_one_call(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    table_claims.take(workspace_id, some(60, "a"))
    with counting(table.client) as calls:
        assert table_claims.take(workspace_id, some(100, "b")).lost == some(60, "a")
    assert calls == [*[INSERT] * 4, "BatchGetItem"]


def refusing(client: Any, *answers: dict[int, str]) -> Any:
    """Change the next answers: these statements, by their index, are answered with these codes."""
    to_come = list(answers)

    def change(parsed: dict[str, Any], **_: Any) -> None:
        for index, code in (to_come.pop(0) if to_come else {}).items():
            parsed["Responses"][index] = {"Error": {"Code": code, "Message": code}}

    return hooked(client, event_name("after-call", client, INSERT), change)


REFUSALS = (
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "TransactionConflict",
    "ItemCollectionSizeLimitExceeded",
    "AccessDenied",
    "ValidationError",
    "ResourceNotFound",
)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_statement_is_made_again(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    with refusing(table.client, {1: code}), counting(table.client) as calls:
        assert table_claims.take(workspace_id, some(3)) == ALL
    assert calls[:2] == [INSERT] * 2
    assert table_claims.find(workspace_id, list(some(3))) == some(3)


@pytest.mark.parametrize("code", [*REFUSALS, "InternalServerError"])
def test_a_statement_that_is_always_refused_fails_alone(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str, code: str
) -> None:
    table_claims.take(workspace_id, {"key-2": some(3, "b")["key-2"]})
    with refusing(table.client, {1: code}, *[{0: code}] * 9), counting(table.client) as calls:
        taken = table_claims.take(workspace_id, some(3))
    assert taken.lost == {"key-2": some(3, "b")["key-2"]}
    unknown = code == "InternalServerError"
    assert taken.failed == {"key-1": Failure(f"DynamoDB answered {code}", unknown)}
    assert calls.count(INSERT) == 5


def test_an_error_without_a_code_is_no_success(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    def leave_out_the_code(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Responses"] = [{"Error": {"Message": "failed"}}]

    with hooked(table.client, event_name("after-call", table.client, INSERT), leave_out_the_code):
        taken = table_claims.take(workspace_id, some(1))
    assert taken.failed == {"key-0": Failure("DynamoDB answered InternalServerError", True)}


def test_a_refusal_after_an_unknown_outcome_leaves_it_unknown(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    codes = ["InternalServerError", *["ThrottlingException"] * 9]
    with answering(table.client, INSERT, *codes):
        taken = table_claims.take(workspace_id, some(1))
    assert taken.failed == {"key-0": Failure("DynamoDB answered ThrottlingException", True)}


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("ThrottlingException", Failure("DynamoDB answered ThrottlingException", False)),
        ("AccessDeniedException", Failure("DynamoDB answered AccessDeniedException", False)),
        ("InternalServerError", Failure("DynamoDB answered InternalServerError", True)),
        (TIMEOUT, Failure("DynamoDB did not answer: ReadTimeoutError", True)),
    ],
)
def test_a_failed_call_fails_its_keys_only(
    table: Table, workspace_id: str, code: str, failure: Failure
) -> None:
    """One of two calls fails each time. Each key is tried five times."""
    table_claims = DynamoDBClaims(table, table, side_by_side=map, keys_a_call=2)
    with answering(table.client, INSERT, None, *[code] * 5):
        taken = table_claims.take(workspace_id, some(4))
    assert taken == Taken({}, {"key-2": failure, "key-3": failure})
    assert table_claims.find(workspace_id, list(some(4))) == some(2)


def test_a_key_whose_holder_cannot_be_read_is_not_claimed(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    table_claims.take(workspace_id, some(1, "a"))
    with answering(table.client, "BatchGetItem", *[TIMEOUT] * 3):
        taken = table_claims.take(workspace_id, some(2, "b"))
    assert taken == Taken({}, {"key-0": Failure("another claim on the key exists", False)})


def test_the_calls_for_many_keys_are_made_side_by_side(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    """Each call waits for the others, so one after the other they would wait in vain."""
    together = threading.Barrier(4, timeout=20)

    def wait(**_: Any) -> None:
        together.wait()

    with hooked(table.client, event_name("before-call", table.client, INSERT), wait):
        assert table_claims.take(workspace_id, some(100)) == ALL
