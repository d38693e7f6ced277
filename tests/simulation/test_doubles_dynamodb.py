"""The double of DynamoDB gives the same answers as moto and DynamoDB Local."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.engines import DYNAMODB_LOCAL, TABLE

from .conftest import DOUBLE
from .dynamodb import DynamoDB
from .items import a_put, get, key, put, refused

STRICT = [DOUBLE, DYNAMODB_LOCAL]
"""The engines that support what moto does not."""


def test_a_put_item_is_read_back_unchanged(client: Any, pk: str) -> None:
    assert get(client, pk) is None
    item = put(client, pk, n={"N": "5"}, b={"B": b"\x00\xff"}, l={"L": [{"S": "x"}]})
    assert get(client, pk) == item


def test_a_put_whose_condition_fails_changes_nothing(client: Any, pk: str) -> None:
    item = put(client, pk, n={"N": "1"})
    code, response = refused(client.put_item, **a_put(pk, n={"N": "2"}))
    assert (code, response["Item"]) == ("ConditionalCheckFailedException", item)
    assert get(client, pk) == item


def test_a_failed_condition_returns_the_item_only_on_request(client: Any, pk: str) -> None:
    put(client, pk)
    request = a_put(pk)
    del request["ReturnValuesOnConditionCheckFailure"]
    assert "Item" not in refused(client.put_item, **request)[1]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("#n = :five", True),
        ("#n = :six", False),
        ("#n <= :five AND #n >= :five", True),
        ("#n < :five", False),
        ("#n > :five OR #n < :six", True),
        ("#n BETWEEN :five AND :six", True),
        ("#n BETWEEN :six AND :six", False),
        ("#gone = :five", False),
        ("#gone <= :six", False),
        ("attribute_not_exists(#gone) AND attribute_exists(#n)", True),
        ("attribute_not_exists(#n) OR #n = :five", True),
        ("(attribute_not_exists(#n) OR #n = :five) AND #n = :six", False),
        ("attribute_not_exists(#n) OR #n = :five AND #n = :six", False),
        ("attribute_type(#n, :number)", True),
        ("attribute_type(#s, :number)", False),
        ("attribute_type(#null, :number)", False),
        ("attribute_type(#gone, :number)", False),
        ("NOT attribute_type(#gone, :number)", True),
        ("NOT attribute_type(#s, :number) OR #s <= :five", True),
        ("NOT #n = :six AND #n = :six", False),
        ("NOT (#n = :six AND #n = :five)", True),
        ("NOT #gone <= :six", True),
        ("#null <= :six", False),
        ("begins_with(#s, :te)", True),
        ("begins_with(#s, :xt)", False),
    ],
)
def test_conditions_have_the_same_result(client: Any, pk: str, condition: str, holds: bool) -> None:
    put(client, pk, n={"N": "5"}, s={"S": "text"}, null={"NULL": True})
    names = {"#n": "n", "#s": "s", "#gone": "gone", "#null": "null"}
    values = {
        ":five": {"N": "5"},
        ":six": {"N": "6"},
        ":te": {"S": "te"},
        ":xt": {"S": "xt"},
        ":number": {"S": "N"},
    }
    used = set(re.findall(r"[#:]\w+", condition))
    request = {
        **a_put(pk, condition=condition),
        "ExpressionAttributeNames": {k: v for k, v in names.items() if k in used},
        "ExpressionAttributeValues": {k: v for k, v in values.items() if k in used},
    }
    request = {name: value for name, value in request.items() if value}
    if holds:
        client.put_item(**request)
    else:
        assert refused(client.put_item, **request)[0] == "ConditionalCheckFailedException"


@pytest.mark.parametrize("there", [{}, {"n": {"N": "5"}, "sum": {"N": "7"}, "old": {"S": "x"}}])
def test_updates_have_the_same_result(client: Any, pk: str, there: dict[str, Any]) -> None:
    """An update of an existing item or a new one; all operands are from before the update."""
    if there:
        put(client, pk, **there)
    client.update_item(
        TableName=TABLE,
        Key=key(pk),
        UpdateExpression="SET #n = if_not_exists(#n, :ten) + :one, seen = :one"
        " ADD #sum :minus REMOVE #old, #gone",
        ExpressionAttributeNames={"#n": "n", "#sum": "sum", "#old": "old", "#gone": "gone"},
        ExpressionAttributeValues={
            ":ten": {"N": "10"},
            ":one": {"N": "1"},
            ":minus": {"N": "-3"},
        },
    )
    n, total = ("6", "4") if there else ("11", "-3")
    assert get(client, pk) == {
        **key(pk),
        "n": {"N": n},
        "seen": {"N": "1"},
        "sum": {"N": total},
    }


@pytest.mark.parametrize("client", STRICT, indirect=True)
def test_values_of_different_types_are_never_ordered(client: Any, pk: str) -> None:
    """moto fails at this."""
    put(client, pk, s={"S": "text"})
    request = {**a_put(pk, condition="s <= :n"), "ExpressionAttributeValues": {":n": {"N": "6"}}}
    assert refused(client.put_item, **request)[0] == "ConditionalCheckFailedException"


@pytest.mark.parametrize("client", STRICT, indirect=True)
def test_a_placeholder_that_is_not_used_is_refused(client: Any, pk: str) -> None:
    """moto accepts this."""
    request = {**a_put(pk), "ExpressionAttributeValues": {":never": {"N": "1"}}}
    assert refused(client.put_item, **request)[0] == "ValidationException"


def test_a_batch_get_finds_the_existing_items(client: Any, pk: str) -> None:
    items = [put(client, pk, sk) for sk in "ab"]
    keys = [key(pk, sk) for sk in "xab"]
    requested = {TABLE: {"Keys": keys, "ConsistentRead": True}}
    answer = client.batch_get_item(RequestItems=requested)
    assert sorted(each["sk"]["S"] for each in answer["Responses"][TABLE]) == ["a", "b"]
    assert all(each in items for each in answer["Responses"][TABLE])
    assert not answer.get("UnprocessedKeys")
    twice = {TABLE: {"Keys": keys[:1] * 2, "ConsistentRead": True}}
    assert refused(client.batch_get_item, RequestItems=twice)[0] == "ValidationException"


def test_a_transaction_writes_all_or_nothing_and_gives_its_reasons(client: Any, pk: str) -> None:
    item = put(client, pk, "b", n={"N": "1"})
    puts = [{"Put": a_put(pk, sk, n={"N": "2"})} for sk in "abc"]
    code, response = refused(client.transact_write_items, TransactItems=puts)
    assert code == "TransactionCanceledException"
    reasons = [(each["Code"], each.get("Item")) for each in response["CancellationReasons"]]
    assert reasons == [("None", None), ("ConditionalCheckFailed", item), ("None", None)]
    assert [get(client, pk, sk) for sk in "abc"] == [None, item, None]
    client.transact_write_items(TransactItems=[puts[0], puts[2]])
    assert get(client, pk, "c") == {**key(pk, "c"), "n": {"N": "2"}}


def test_a_transaction_writes_each_item_once(client: Any, pk: str) -> None:
    """DynamoDB Local calls this a cancelled transaction."""
    puts = [{"Put": a_put(pk)}, {"Put": a_put(pk)}]
    code, _ = refused(client.transact_write_items, TransactItems=puts)
    assert code in {"ValidationException", "TransactionCanceledException"}
    assert get(client, pk) is None


def an_insert(pk: str, sk: str = "a", **more: Any) -> dict[str, Any]:
    item = {**key(pk, sk), **more}
    names = ", ".join(f"'{name}': ?" for name in item)
    statement = f'INSERT INTO "{TABLE}" VALUE {{{names}}}'
    return {"Statement": statement, "Parameters": list(item.values())}


def codes_of(answer: Any) -> list[str | None]:
    return [each.get("Error", {}).get("Code") for each in answer["Responses"]]


def test_an_inserted_item_is_read_back_unchanged(client: Any, pk: str) -> None:
    insert = an_insert(pk, n={"N": "5"}, b={"B": b"\x00\xff"}, s={"S": 'it\'s "?"'})
    answer = client.batch_execute_statement(Statements=[insert])
    assert answer["Responses"] == [{"TableName": TABLE}]
    assert get(client, pk) == {
        **key(pk), "n": {"N": "5"}, "b": {"B": b"\x00\xff"}, "s": {"S": "it's \"?\""}
    }  # fmt: skip


def test_inserts_succeed_or_fail_one_by_one_and_never_overwrite(client: Any, pk: str) -> None:
    item = put(client, pk, "b", n={"N": "1"})
    inserts = [an_insert(pk, sk, n={"N": "2"}) for sk in "abc"]
    answer = client.batch_execute_statement(Statements=inserts)
    assert codes_of(answer) == [None, "DuplicateItem", None]
    assert "Item" not in answer["Responses"][1]
    written = [{**key(pk, sk), "n": {"N": "2"}} for sk in "ac"]
    assert [get(client, pk, sk) for sk in "abc"] == [written[0], item, written[1]]
    again = client.batch_execute_statement(Statements=inserts)
    assert codes_of(again) == ["DuplicateItem"] * 3


def test_a_batch_inserts_at_most_25_items(client: Any, pk: str) -> None:
    inserts = [an_insert(pk, f"{n:02}") for n in range(26)]
    assert refused(client.batch_execute_statement, Statements=inserts)[0] == "ValidationException"
    assert get(client, pk, "00") is None
    assert codes_of(client.batch_execute_statement(Statements=inserts[:25])) == [None] * 25


def test_a_batch_with_the_same_item_twice_is_refused(client: Any, pk: str) -> None:
    """DynamoDB Local has inserted some of the others by then."""
    inserts = [an_insert(pk, sk) for sk in "aba"]
    assert refused(client.batch_execute_statement, Statements=inserts)[0] == "ValidationException"


def test_the_double_refuses_unknown_calls_and_parameters(pk: str) -> None:
    double = DynamoDB(TABLE)
    put(double, pk, n={"N": "1"})
    with pytest.raises(NotImplementedError, match="ProjectionExpression"):
        double.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=True, ProjectionExpression="n")
    with pytest.raises(NotImplementedError, match="not consistent"):
        double.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=False)
    for unknown in ("size(n) > :n", "n <> :n", "n IN (:n)", "n = :n AND", "n.m = :n"):
        request = {**a_put(pk, condition=unknown), "ExpressionAttributeValues": {":n": {"N": "1"}}}
        with pytest.raises(NotImplementedError):
            double.put_item(**request)
    for unknown in (f"INSERT INTO \"{TABLE}\" VALUE {{'pk': 'a'}}", f'DELETE FROM "{TABLE}"'):
        with pytest.raises(NotImplementedError, match="unknown statement"):
            double.batch_execute_statement(Statements=[{"Statement": unknown, "Parameters": []}])
    returning = {**an_insert(pk, "b"), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(NotImplementedError, match="ReturnValues"):
        double.batch_execute_statement(Statements=[returning])
