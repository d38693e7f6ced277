"""A stuck workspace: others go on; repaired and redriven, it has lost nothing."""

import json
import os
import signal
from contextlib import suppress
from typing import Any

from indelible.aws.table import binary, chain_pk, key, segment_sk

from drills import copies
from drills.rehearsal import Rehearsal, did, prove, wait_until
from load.memory import find_workers
from tools.local.commands import indelible, run_indelible

_HIDDEN_SECONDS = "2"
"""A message whose delivery failed comes again after so long; template.yaml has 120 s."""


def rehearse(rehearsal: Rehearsal) -> None:
    stuck = rehearsal.make_workspace("drill: stuck")
    other = rehearsal.make_workspace("drill: other")
    key_of_stuck = rehearsal.make_key(stuck, "drill")
    key_of_other = rehearsal.make_key(other, "drill")
    ids = rehearsal.accept(key_of_stuck, "drill.first", "drill.second")
    rehearsal.await_chained(stuck, ids)
    backup = copies.back_up(rehearsal)
    with rehearsal.queue_attributes(VisibilityTimeout=_HIDDEN_SECONDS):
        with rehearsal.stopped_writer():
            _damage_last_segment(rehearsal, stuck)
            did("Somebody changes the last segment of a workspace; the writer starts anew.")
            for number in range(3):
                ids += rehearsal.accept(key_of_stuck, f"drill.waiting_{number}")
        others = rehearsal.accept(key_of_other, "drill.other")
        rehearsal.await_chained(other, others)
        prove("the other workspace's event is chained", True)
        wait_until("three dead letters", lambda: len(_dead_letters(stuck)) == 3)  # noqa: PLR2004
    refused = rehearsal.post(key_of_stuck, "drill.refused")
    prove(
        "ingest refuses the workspace meanwhile: 429 backlogged, and nothing is queued",
        refused.json().get("error") == "backlogged",
        refused.text,
    )
    letters = _dead_letters(stuck)
    reasons = {letter["reason"] for letter in letters}
    prove(
        "the workspace's three messages are dead letters, none lost",
        reasons == {"receives used up"},
        reasons,
    )
    prove("`indelible verify` finds the damage", run_indelible("verify", stuck).returncode == 1)
    with copies.restored(rehearsal, backup) as copy:
        indelible("verify", stuck, "--table", copy.name)
        copies.put_back(copy, rehearsal.target.table, stuck)
    indelible("verify", stuck)
    prove("the segment is put back, and the chain is valid", True)
    did(indelible("dlq", "redrive", stuck, "--yes").strip())
    rehearsal.await_chained(stuck, ids)
    indelible("verify", stuck)
    prove("the chain holds every accepted event once", rehearsal.chained(stuck) == ids)
    prove("no dead letter is left", _dead_letters(stuck) == [])


def _damage_last_segment(rehearsal: Rehearsal, workspace_id: str) -> None:
    """As somebody with the table could, and end the writer: it remembers what it has read."""
    table = rehearsal.target.table
    table.client.update_item(
        TableName=table.name,
        Key=key(chain_pk(workspace_id), segment_sk(1)),
        UpdateExpression="SET records = :changed",
        ExpressionAttributeValues={":changed": binary(b"changed by somebody")},
    )
    for worker in find_workers():
        if worker.function == "writer":
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)


def _dead_letters(workspace_id: str) -> list[dict[str, Any]]:
    messages = json.loads(indelible("dlq", "list", "--json"))["messages"]
    return [each for each in messages if each["workspace_id"] == workspace_id]
