"""GET /v1/verify finds a lost chain by its index, the only other thing that its role may read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, segment_sk
from indelible.index.extend import extend
from support.builders import an_event
from support.contract import validator
from support.pipeline import Caller, Pipeline
from support.small_index import SMALL, SPAN

VERIFY = "/v1/verify"


@pytest.fixture(autouse=True)
def small_index(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    index = DynamoDBIndex(pipeline.table, SMALL)
    monkeypatch.setattr(pipeline.query, "reader", replace(pipeline.query.reader, index=index))


def chain_and_index(pipeline: Pipeline, caller: Caller) -> None:
    """Chain 20 records and index the first 16."""
    for _ in range(4):
        pipeline.post_and_chain(caller, *(an_event() for _ in range(5)))
    ledger, index = DynamoDBLedger(pipeline.table), DynamoDBIndex(pipeline.table, SMALL)
    assert list(extend(ledger, index, caller.workspace_id, 20, lambda: True)) == [0]


def delete_from(pipeline: Pipeline, caller: Caller, first_sequence: int) -> None:
    """Delete the segments from this sequence on."""
    table = pipeline.table
    for each in DynamoDBLedger(table).ascending(caller.workspace_id, first_sequence):
        place = key(chain_pk(caller.workspace_id), segment_sk(each.first_sequence))
        table.client.delete_item(TableName=table.name, Key=place)


@pytest.mark.parametrize(("first", "left"), [(1, 0), (6, 5), (11, 10)])
def test_a_chain_that_its_index_outlives_is_broken(
    pipeline: Pipeline,
    caller: Caller,
    first: int,
    left: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    chain_and_index(pipeline, caller)
    assert pipeline.get(caller, VERIFY).json["data"]["valid"] is True
    delete_from(pipeline, caller, first)
    capsys.readouterr()
    answer = pipeline.get(caller, VERIFY)
    validator("/components/schemas/Verification").validate(answer.json)
    data = answer.json["data"]
    assert (data["valid"], data["events_checked"]) == (False, left)
    assert data["breaks"] == [
        {
            "event_id": None,
            "sequence": left + 1,
            "type": "chain_missing",
            "expected_hash": None,
            "actual_hash": None,
            "detail": f"the index has a block that ends at sequence {SPAN},"
            " and the chain ends before it",
        }
    ]
    assert '"BreaksFound":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_chain_that_no_index_outlives_looks_as_if_it_had_never_begun(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Only `indelible verify` reads the usage: query's role may not."""
    pipeline.post_and_chain(caller, an_event())
    delete_from(pipeline, caller, 1)
    data = pipeline.get(caller, VERIFY).json["data"]
    assert (data["valid"], data["events_checked"], data["head"]) == (True, 0, None)
