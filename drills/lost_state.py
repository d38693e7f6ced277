"""The state of the newest run is lost, and rebuilt from the tiles and the chains."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from indelible.aws.locked_bucket import S3LockedBucket
from indelible.aws.turns import DynamoDBTurns
from indelible.covering.newest_run import find_newest_run

from drills import log
from drills.rehearsal import Rehearsal, did, prove, prove_exit
from load.memory import find_workers
from tools.local.aws import root_session
from tools.local.commands import indelible
from tools.local.failure import LocalStackError
from tools.local.scheduled import no_runs

STATE = "state"


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: lost state")
    key = rehearsal.make_key(workspace_id, "drill")
    rehearsal.await_chained(workspace_id, rehearsal.accept(key, "drill.first", "drill.second"))
    log.await_covered(rehearsal, workspace_id, 2)
    with no_runs(rehearsal.target.stack):
        _lose(rehearsal)
    did("Somebody deletes the version of the state that the newest run names.")
    refused = log.run(rehearsal) or ""
    prove("no run goes on without it", "indelible checkpoint rebuild" in refused, refused)
    did(indelible("checkpoint", "rebuild").strip())
    rehearsal.await_chained(workspace_id, rehearsal.accept(key, "drill.third"))
    log.await_covered(rehearsal, workspace_id, 3)
    prove("the log has signed the same map before, and goes on", True)
    prove_exit(0, "the chain is valid", "verify", workspace_id)
    shown = log.show_log()
    prove("nothing is requested any more", shown["requests"] == [], shown["requests"])


def _lose(rehearsal: Rehearsal) -> None:
    """Delete one version, and end the processes that remember it.

    Older versions stay. They have the chains that earlier drills have damaged as they were.
    """
    stack = rehearsal.target.stack
    s3: Any = root_session().client("s3", endpoint_url=stack.endpoint_url)
    turn = DynamoDBTurns(rehearsal.target.table).read()
    newest = find_newest_run(S3LockedBucket(s3, stack.locked_bucket), turn.run if turn else 0)
    if newest is None:
        raise LocalStackError("The log has no run.")
    s3.delete_object(Bucket=stack.state_bucket, Key=STATE, VersionId=newest.state_version)
    for worker in find_workers():  # a process remembers the state that it has put or read last
        if worker.function == "checkpoint":
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
