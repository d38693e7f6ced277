"""GET /v1/events reports to the operator, without content, that the index is behind."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from indelible.aws.index import DynamoDBIndex
from support.builders import an_event
from support.pipeline import Caller, Pipeline
from support.small_index import SMALL, SPAN


@pytest.fixture(autouse=True)
def small_index(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    index = DynamoDBIndex(pipeline.table, SMALL)
    monkeypatch.setattr(pipeline.query, "reader", replace(pipeline.query.reader, index=index))


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == "{"]


def chain_two_blocks(pipeline: Pipeline, caller: Caller) -> None:
    """Chain a little more than two blocks of old events, which nothing indexes."""
    for _ in range(2 * SPAN // 8 + 1):
        pipeline.post_events(caller, *(an_event() for _ in range(8)), at=10**9)
        pipeline.drain()


def test_a_filter_that_meets_two_unindexed_blocks_is_counted_and_logged(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    chain_two_blocks(pipeline, caller)
    capsys.readouterr()
    answer = pipeline.get(caller, "/v1/events", actor_id="nobody at all")
    assert answer.json["pagination"]["total"] == 0
    lines = lines_of(capsys)
    [warning] = [line for line in lines if line.get("message") == "index behind"]
    assert warning["level"] == "WARNING"
    assert (warning["workspace_id"], warning["records"]) == (caller.workspace_id, 2 * SPAN + 8)
    assert [2.0 * SPAN + 8] in [line.get("IndexBehind") for line in lines]
    assert "nobody" not in json.dumps(lines)


def test_a_list_without_filters_reports_nothing_about_the_index(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    chain_two_blocks(pipeline, caller)
    capsys.readouterr()
    pipeline.get(caller, "/v1/events")
    lines = lines_of(capsys)
    assert not [line for line in lines if line.get("message") == "index behind"]
    assert not [line for line in lines if "IndexBehind" in line]
