"""The anchor of the day, read and verified by a client of the hosted API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from e2e.client import get_publicly
from e2e.covered_workspace import Covered
from getimmutable import ImmutableClient, ImmutableError
from indelible.aws.anchors import DynamoDBAnchors
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.state_bucket import S3States
from indelible.aws.table import Table
from indelible.aws.turns import DynamoDBTurns
from indelible.checkpoints.anchor import Anchor
from indelible.covering.newest_run import find_newest_run
from indelible.watching.anchors import put_anchors
from indelible.watching.position import Position
from support.hosted_client import answered

from tools.local.aws import root_session

A_MINUTE_OR_TWO = 150

DAY = 24 * 3_600 * 1_000_000


class OfOneWorkspace:
    """Anchors of one workspace only, so that those of others are left to the watcher."""

    def __init__(self, anchors: DynamoDBAnchors, workspace_id: str) -> None:
        self._anchors, self._workspace_id = anchors, workspace_id

    def __getattr__(self, name: str) -> Any:
        return getattr(self._anchors, name)

    def put(self, anchor: Anchor) -> bool:
        return anchor.workspace_id == self._workspace_id and self._anchors.put(anchor)


def test_a_client_of_the_hosted_api_reads_and_verifies_the_anchor_of_the_day(
    covered: Covered, table: Table, http: httpx.Client
) -> None:
    """The watcher puts the anchors of yesterday. So this puts today's as if it were tomorrow."""
    s3 = root_session().client("s3", endpoint_url=covered.stack.endpoint_url)
    bucket = S3LockedBucket(s3, covered.stack.locked_bucket)
    turn = DynamoDBTurns(table).read()
    newest = find_newest_run(bucket, turn.run if turn else 0)
    assert newest
    now = newest.run_entry.time * 1_000_000
    anchors: Any = OfOneWorkspace(DynamoDBAnchors(table), covered.workspace_id)
    states = S3States(s3, covered.stack.state_bucket)
    put_anchors(
        DynamoDBLedger(table), bucket, states, anchors, newest, Position.at_first(now), now + DAY,
        lambda: True,
    )  # fmt: skip
    client = ImmutableClient(
        api_key=covered.api_key, base_url=covered.stack.base_url, timeout=A_MINUTE_OR_TWO
    )
    [anchor] = answered(client.get_anchors, limit=5)["data"]
    assert (anchor["status"], anchor["chain"]) == ("confirmed", covered.stack.log_origin)
    whole = answered(client.get_anchor, anchor["id"])["data"]
    assert whole["merkle_root"] == anchor["merkle_root"]
    verified = answered(client.verify_anchor, anchor["id"])["data"]
    assert (verified["valid"], verified["actual"]) == (True, anchor["merkle_root"])
    public = get_publicly(http, "v1/public/anchors/lookup", tx_hash=anchor["tx_hash"])
    assert public.json()["data"]["id"] == anchor["id"]
    public = get_publicly(http, f"v1/public/anchors/{anchor['id']}/verify")
    assert public.json()["data"]["valid"] is True
    with pytest.raises(ImmutableError) as unknown:
        answered(client.get_anchor, f"anc_{'0' * 64}")
    assert unknown.value.status_code == 404
