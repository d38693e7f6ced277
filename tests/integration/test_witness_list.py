"""The list of witnesses: what is added is listed, and a damaged one hides no other."""

from __future__ import annotations

import pytest
from indelible.aws.table import Table, string
from indelible.aws.witness_list import MAX_WITNESSES, ListedWitness, WitnessList
from indelible.errors import Conflict, DamagedItem, Unavailable, Unreadable
from support.aws_faults import TIMEOUT, answering
from support.notes import FIRST, LOG, SECOND, Signer

ONE = ListedWitness("https://one.example/w", FIRST.witness_key)
TWO = ListedWitness("https://two.example", SECOND.witness_key)


@pytest.fixture
def witnesses(table: Table) -> WitnessList:
    found = WitnessList(table)
    for item in table.client.scan(TableName=table.name)["Items"]:
        if item["sk"]["S"].startswith("WITNESS#"):
            table.client.delete_item(
                TableName=table.name, Key={name: item[name] for name in ("pk", "sk")}
            )
    return found


def test_witnesses_are_listed_by_name_until_they_are_removed(witnesses: WitnessList) -> None:
    assert [*witnesses.list()] == []
    witnesses.add(TWO)
    witnesses.add(ONE)
    assert [*witnesses.list()] == [ONE, TWO]
    assert witnesses.remove(ONE.key.name)
    assert not witnesses.remove(ONE.key.name)
    assert [*witnesses.list()] == [TWO]


def test_a_witness_that_is_added_again_is_replaced(witnesses: WitnessList) -> None:
    witnesses.add(ONE)
    moved = ListedWitness("https://moved.example", Signer(FIRST.name, "new key").witness_key)
    witnesses.add(moved)
    assert [*witnesses.list()] == [moved]


def test_a_logs_key_is_no_witness(witnesses: WitnessList) -> None:
    with pytest.raises(Unreadable, match="0x04"):
        witnesses.add(ListedWitness("https://one.example", LOG.key))


def test_no_more_witnesses_are_listed_than_fit_into_a_note(witnesses: WitnessList) -> None:
    many = [
        ListedWitness("https://w.example", Signer(f"w{number:02d}").witness_key)
        for number in range(MAX_WITNESSES)
    ]
    for each in many:
        witnesses.add(each)
    witnesses.add(many[0])
    with pytest.raises(Conflict, match="Remove one"):
        witnesses.add(ONE)
    put(witnesses, "aaa", "https://x.example", Signer("aaa").witness_key.text)
    assert len([*witnesses.list()]) == MAX_WITNESSES


@pytest.mark.parametrize(
    ("name", "vkey"),
    [
        ("broken", "no key"),
        ("other", FIRST.witness_key.text),
        (LOG.name, LOG.key.text),
    ],
)
def test_a_damaged_witness_hides_no_other(witnesses: WitnessList, name: str, vkey: str) -> None:
    witnesses.add(TWO)
    put(witnesses, name, "https://one.example", vkey)
    damaged, other = witnesses.list()
    assert isinstance(damaged, DamagedItem)
    assert other == TWO
    assert witnesses.keys() == [TWO.key]
    assert witnesses.remove(name)


@pytest.mark.parametrize("code", ["InternalServerError", TIMEOUT])
def test_every_method_is_unavailable_when_the_table_is(witnesses: WitnessList, code: str) -> None:
    client = witnesses._table.client
    with answering(client, "Query", code), pytest.raises(Unavailable):
        [*witnesses.list()]
    with answering(client, "Query", code), pytest.raises(Unavailable):
        witnesses.keys()
    with answering(client, "PutItem", code), pytest.raises(Unavailable):
        witnesses.add(ONE)
    with answering(client, "DeleteItem", code), pytest.raises(Unavailable):
        witnesses.remove(ONE.key.name)


def put(witnesses: WitnessList, name: str, url: str, vkey: str) -> None:
    """Store an item that nobody checked."""
    table = witnesses._table
    key = {"pk": string("LOG"), "sk": string(f"WITNESS#{name}")}
    table.client.put_item(
        TableName=table.name, Item={**key, "url": string(url), "vkey": string(vkey)}
    )
