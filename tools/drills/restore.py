"""Restoring: damaged segments come back out of a copy that was proved, the rest stays."""

import json

from indelible.aws.table import binary, chain_pk, key, segment_sk

from tools.drills import copies
from tools.drills.rehearsal import Rehearsal, did, prove
from tools.local.commands import indelible, run_indelible

BROKEN, UNABLE = 1, 2
REQUESTS = 4


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: restore")
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = _chain_requests(rehearsal, workspace_id, api_key, "before")
    head = _head(workspace_id)
    backup = copies.back_up(rehearsal)
    did(f"The head {head[:20]}… is noted, and a backup taken.")
    ids += _chain_requests(rehearsal, workspace_id, api_key, "after")
    _damage(rehearsal, workspace_id)
    did("Somebody changes one segment and deletes another, both from before the backup.")
    _prove_exit(BROKEN, "the live table is found broken", "verify", workspace_id)
    with copies.restored(rehearsal, backup) as copy:
        expected = ("verify", workspace_id, "--table", copy.name, "--expect-head")
        _prove_exit(0, "the restored table is valid up to the noted head", *expected, head)
        sequence = head.partition(":")[0]
        wrong = f"{sequence}:{'00' * 32}"
        _prove_exit(BROKEN, "it would not be with any other head", *expected, wrong)
        count = copies.put_back(copy, rehearsal.target.table, workspace_id)
    prove("the two damaged segments are put back, and no others", count == 2, count)  # noqa: PLR2004
    _prove_exit(
        0,
        "the live table is valid up to the noted head, and past it",
        *("verify", workspace_id, "--expect-head", head),
    )
    ids += _chain_requests(rehearsal, workspace_id, api_key, "restored")
    prove(f"it holds all {len(ids)} events, newer ones too", rehearsal.chained(workspace_id) == ids)


def _chain_requests(rehearsal: Rehearsal, workspace_id: str, api_key: str, when: str) -> list[str]:
    """Send requests, each once the one before is chained: a segment for each."""
    ids: list[str] = []
    for number in range(REQUESTS):
        sent = rehearsal.accept(api_key, *[f"drill.{when}_{number}_{n}" for n in range(3)])
        rehearsal.await_chained(workspace_id, sent)
        ids += sent
    return ids


def _head(workspace_id: str) -> str:
    head = json.loads(indelible("workspace", "show", workspace_id, "--json"))["head"]
    return f"{head['sequence']}:{head['event_hash']}"


def _damage(rehearsal: Rehearsal, workspace_id: str) -> None:
    table = rehearsal.target.table
    table.client.update_item(
        TableName=table.name,
        Key=key(chain_pk(workspace_id), segment_sk(4)),
        UpdateExpression="SET records = :changed",
        ExpressionAttributeValues={":changed": binary(b"changed by somebody")},
    )
    table.client.delete_item(TableName=table.name, Key=key(chain_pk(workspace_id), segment_sk(7)))


def _prove_exit(status: int, what: str, *arguments: str) -> None:
    ended = run_indelible(*arguments)
    prove(what, ended.returncode == status, ended.stdout + ended.stderr)
