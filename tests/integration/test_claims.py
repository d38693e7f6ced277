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
from indelible.ingest.ports import Claim, Claims, Key, RequestKey, Taken
from integration.made_claims import ALL, INSERT, NOW, a_digest, some
from support.aws_faults import (
    changing_replies,
    counting,
    event_name,
    hooked,
    losing_replies,
)
from support.memory import MemoryClaims


@pytest.fixture
def claims(engine: Table | None) -> Claims:
    return DynamoDBClaims(engine, engine) if engine else MemoryClaims()


@pytest.fixture
def table_claims(table: Table) -> DynamoDBClaims:
    return DynamoDBClaims(table, table)


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


def test_the_calls_for_many_keys_are_made_side_by_side(
    table_claims: DynamoDBClaims, table: Table, workspace_id: str
) -> None:
    """Each call waits for the others, so one after the other they would wait in vain."""
    together = threading.Barrier(4, timeout=60)

    def wait(**_: Any) -> None:
        together.wait()

    with hooked(table.client, event_name("before-call", table.client, INSERT), wait):
        assert table_claims.take(workspace_id, some(100)) == ALL
