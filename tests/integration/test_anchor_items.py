"""Anchors and the watcher's verdicts as items: the adapters do what the doubles do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from indelible.aws.anchors import DynamoDBAnchors, anchor_of, item_of
from indelible.aws.scrub_verdicts import DynamoDBScrubVerdicts
from indelible.aws.table import Table
from indelible.checkpoints.anchor import Anchor
from indelible.checkpoints.watched import Finding, Watched
from indelible.errors import DamagedItem, Unavailable
from indelible.proving.ports import Anchors, ScrubVerdict
from support.anchors import MemoryAnchors, an_anchor
from support.aws_faults import answering, counting
from support.builders import DAY, NOON
from support.deployment import Deployment


@pytest.fixture
def anchors(engine: Table | None) -> Anchors:
    """Anchors on each engine."""
    return DynamoDBAnchors(engine) if engine else MemoryAnchors()


def three_days(workspace_id: str) -> list[Anchor]:
    """The anchors of three days of a workspace, oldest first."""
    deployment, found = Deployment(), list[Anchor]()
    for _ in range(3):
        deployment.grow(workspace_id, 5)
        deployment.run(after=DAY)
        found.append(an_anchor(deployment, found[-1] if found else None, workspace_id))
    return found


def test_anchors_are_listed_newest_first(anchors: Anchors, workspace_id: str) -> None:
    made = three_days(workspace_id)
    assert anchors.newest(workspace_id, 25) == []
    for each in made:
        assert anchors.put(each)
    assert anchors.newest(workspace_id, 25) == made[::-1]
    assert anchors.newest(workspace_id, 2) == [made[2], made[1]]
    assert anchors.newest(f"{workspace_id}x", 25) == []


def test_an_anchor_is_found_by_its_hash_alone(anchors: Anchors, workspace_id: str) -> None:
    for each in three_days(workspace_id):
        assert anchors.find(each.tx_hash) is None
        anchors.put(each)
        assert anchors.find(each.tx_hash) == each
    assert anchors.find("0" * 64) is None


def test_a_day_has_one_anchor_which_is_never_changed(anchors: Anchors, workspace_id: str) -> None:
    [made, *_] = three_days(workspace_id)
    other = replace(made, checkpoint=replace(made.checkpoint, root=bytes(32)))
    assert [anchors.put(made), anchors.put(made), anchors.put(other)] == [True, False, False]
    assert anchors.newest(workspace_id, 25) == [made]
    assert anchors.find(made.tx_hash) == made
    assert anchors.find(other.tx_hash) is None


def test_a_put_that_failed_half_way_is_repeated(moto_table: Table, workspace_id: str) -> None:
    """What leads to an anchor is stored before it, so nothing is listed that is not found."""
    anchors = DynamoDBAnchors(moto_table)
    [made, *_] = three_days(workspace_id)
    failing = answering(moto_table.client, "PutItem", None, *["AccessDenied"] * 3)
    with failing, pytest.raises(Unavailable):
        anchors.put(made)
    assert anchors.newest(workspace_id, 25) == []
    assert anchors.find(made.tx_hash) is None
    assert anchors.put(made)
    assert anchors.find(made.tx_hash) == made


def test_what_is_put_and_read_takes_few_calls(moto_table: Table, workspace_id: str) -> None:
    anchors = DynamoDBAnchors(moto_table)
    [made, *_] = three_days(workspace_id)
    with counting(moto_table.client) as calls:
        anchors.put(made)
        anchors.find(made.tx_hash)
        anchors.find("0" * 64)
        anchors.newest(workspace_id, 100)
    assert calls == ["PutItem", "PutItem", "GetItem", "GetItem", "GetItem", "Query"]


def test_an_item_that_is_not_written_as_anchors_are_is_damaged(workspace_id: str) -> None:
    _, made, _ = three_days(workspace_id)
    item = item_of(made)
    assert anchor_of(item) == made
    damaged: list[dict[str, Any]] = [
        {name: value for name, value in item.items() if name != left_out}
        for left_out in item
        if left_out != "previous_hash"
    ]
    damaged += [
        {**item, "checkpoint": {"S": "x"}},
        {**item, "run": {"N": "1.5"}},
        {**item, "run": {"S": "2"}},
        {**item, "map_path": {"B": bytes(31)}},
        {**item, "sk": {"S": "2026-11-23"}},
        {**item, "pk": {"S": "ANCHOR#ws_other"}},
        {**item, "more": {"S": "x"}},
    ]
    for each in damaged:
        with pytest.raises(DamagedItem, match="anchor"):
            anchor_of(each)


def test_the_last_verdict_of_each_workspace_is_found(table: Table, workspace_id: str) -> None:
    verdicts = DynamoDBScrubVerdicts(table)
    assert verdicts.find(workspace_id) is None
    broken = Finding(workspace_id, "records/0", "hash_mismatch", 3, NOON, "it was changed")
    verdicts.put(workspace_id, Watched([broken], 0, NOON))
    assert verdicts.find(workspace_id) is None
    for watched, is_valid in (
        (Watched([], NOON, 0), True),
        (Watched([broken], NOON + DAY, NOON), False),
    ):
        verdicts.put(workspace_id, watched)
        assert verdicts.watched(workspace_id) == watched
        assert verdicts.find(workspace_id) == ScrubVerdict(is_valid, watched.round_at)
    assert verdicts.find(f"{workspace_id}x") is None
