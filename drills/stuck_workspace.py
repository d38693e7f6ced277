"""A stuck workspace: the others continue. Once repaired and redriven, it has lost nothing."""

import json
import os
import signal
from contextlib import suppress
from typing import Any

from indelible.aws.table import binary, chain_pk, key, segment_sk

from drills import copies, log
from drills.rehearsal import Rehearsal, did, prove, prove_exit, prove_soon
from load.memory import find_workers
from tools.local.commands import indelible
from tools.local.waiting import wait_until

_HIDDEN_SECONDS = "2"
"""Visibility timeout of the queue during the drill; template.yaml has 120 s."""
_BROKEN = 1
"""Exit status of `indelible verify` for a broken chain."""


def rehearse(rehearsal: Rehearsal) -> None:
    stuck = rehearsal.make_workspace("drill: stuck")
    other = rehearsal.make_workspace("drill: other")
    key_of_stuck = rehearsal.make_key(stuck, "drill")
    key_of_other = rehearsal.make_key(other, "drill")
    ids = rehearsal.accept(key_of_stuck, "drill.first", "drill.second")
    rehearsal.await_chained(stuck, ids)
    backup = copies.back_up(rehearsal)
    with rehearsal.target.queue_attributes({"VisibilityTimeout": _HIDDEN_SECONDS}):
        with rehearsal.stopped_writer():
            _damage_last_segment(rehearsal, stuck)
            did("Somebody changes the last segment of a workspace; the writer is restarted.")
            for number in range(3):
                ids += rehearsal.accept(key_of_stuck, f"drill.waiting_{number}")
        others = rehearsal.accept(key_of_other, "drill.other")
        prove_soon(
            "the other workspace's event is chained", lambda: rehearsal.chained(other) == others
        )
        wait_until("three dead letters", lambda: len(_dead_letters(stuck)) == 3)  # noqa: PLR2004
    refused = rehearsal.post(key_of_stuck, "drill.refused")
    prove(
        "ingest refuses the workspace: 429 backlogged, and nothing is queued",
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
    prove_exit(_BROKEN, "`indelible verify` finds the damage", "verify", stuck)
    with copies.restored(rehearsal, backup) as copy:
        indelible("verify", stuck, "--table", copy.name)
        copies.put_back(copy, rehearsal.target.table, stuck)
    log.look_again(rehearsal, stuck)
    prove_exit(0, "with the segment put back, the chain is valid", "verify", stuck)
    did(indelible("dlq", "redrive", stuck, "--yes").strip())
    rehearsal.await_chained(stuck, ids)
    prove_exit(0, "the chain is still valid", "verify", stuck)
    chained, letters = rehearsal.chained(stuck), _dead_letters(stuck)
    prove("it holds every accepted event once", chained == ids, chained)
    prove("no dead letter is left", letters == [], letters)


def _damage_last_segment(rehearsal: Rehearsal, workspace_id: str) -> None:
    """Change a segment as somebody with access to the table could, and kill the writer.

    A writer that continues would remember the original segment.
    """
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
