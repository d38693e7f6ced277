"""Going on with a restored table: the stack uses the copy, and what waited in the queue is chained.

To the log, this is another stack, which has to take it over. At the end the stack uses its own
table again, and the copy is deleted.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import httpx
from indelible.aws.table import Table

from drills import copies, log
from drills.rehearsal import BROKEN, Rehearsal, begin, did, head_of, prove, prove_exit
from tools.local import deployment, settings
from tools.local.commands import run_indelible
from tools.local.failure import LocalStackError
from tools.local.stack import save
from tools.other_table import stream_label

KEPT, REPEATED, LATE = "drill.kept", "drill.repeated", "drill.late"
WAITING, NEW = "drill.waiting", "drill.new"
KEY = "drill-1"
"""The idempotency key of the event that is repeated."""

LATE_RECORDS = 3
"""Records of the chain with the one that the copy lacks."""

OTHER_TABLE = "run `indelible checkpoint take-over`"


@dataclass(frozen=True)
class Before:
    """What was there before the table was lost, and the backup that has all but `late`."""

    workspace_id: str
    api_key: str
    kept: list[str]
    head: str
    late_head: str
    backup: str


def rehearse(rehearsal: Rehearsal) -> None:
    before = _chain_and_back_up(rehearsal)
    workspace_id = before.workspace_id
    with ExitStack() as stopped:
        stopped.enter_context(rehearsal.stopped_writer())
        waiting = rehearsal.accept(before.api_key, WAITING)
        stopped.enter_context(_stopped_ingest(rehearsal))
        _prove_refused(rehearsal, before.api_key)
        copy = stopped.enter_context(copies.restored(rehearsal, before.backup))
        expected = ("verify", workspace_id, "--table", copy.name, "--expect-head")
        prove_exit(0, "the copy is valid up to the noted head", *expected, before.head)
        prove_exit(BROKEN, "it lacks what was chained later", *expected, before.late_head)
        _protect(copy)
        moved = stopped.enter_context(_used_instead(rehearsal, copy))
        _prove_followed(moved, copy)
        _prove_taken_over(moved)
        prove_exit(BROKEN, "the log knows that the copy lacks a record", "verify", workspace_id)
        waiting.append(_restart(workspace_id))
        moved.target.let_writer_run(True)
        _start_ingest(moved)
        _prove_it_goes_on(moved, before, waiting)
    rehearsal.await_chained(workspace_id, [_restart(workspace_id)])
    log.await_covered(rehearsal, workspace_id, LATE_RECORDS + 1)
    log.look_again(rehearsal, workspace_id)
    unchanged = ("verify", workspace_id, "--expect-head", before.late_head)
    prove_exit(0, "the stack's own table is as it was, restarted once more", *unchanged)


def _chain_and_back_up(rehearsal: Rehearsal) -> Before:
    workspace_id = rehearsal.make_workspace("drill: other table")
    api_key = rehearsal.make_key(workspace_id, "drill")
    kept = rehearsal.accept(api_key, KEPT)
    kept += rehearsal.accept(api_key, REPEATED, idempotency_key=KEY)
    rehearsal.await_chained(workspace_id, kept)
    head = head_of(workspace_id)
    backup = copies.back_up(rehearsal)
    did(f"The head {head[:20]}… is noted, and a backup taken.")
    late = rehearsal.accept(api_key, LATE)
    rehearsal.await_chained(workspace_id, kept + late)
    log.await_covered(rehearsal, workspace_id, LATE_RECORDS)
    return Before(workspace_id, api_key, kept, head, head_of(workspace_id), backup)


def _prove_it_goes_on(moved: Rehearsal, before: Before, waiting: list[str]) -> None:
    workspace_id, api_key = before.workspace_id, before.api_key
    moved.await_chained(workspace_id, before.kept + waiting)
    prove("the event that waited in the queue follows the restored ones", True)
    repeat = moved.accept(api_key, REPEATED, idempotency_key=KEY)
    prove("the idempotency key of a restored event is known", repeat == before.kept[1:], repeat)
    new = moved.accept(api_key, NEW)
    moved.await_chained(workspace_id, before.kept + waiting + new)
    prove("new events are chained after it, and the repeat is not chained again", True)
    listed = moved.listed(api_key, NEW), moved.listed(api_key, LATE)
    prove("lists show what is in the copy, and nothing else", listed == (new, []), listed)
    log.await_covered(moved, workspace_id, len(before.kept + waiting + new))
    log.look_again(moved, workspace_id)
    valid = ("verify", workspace_id, "--expect-head", before.head)
    prove_exit(0, "the chain is valid, and still has the noted head", *valid)


def _prove_followed(moved: Rehearsal, copy: Table) -> None:
    mappings = moved.target.functions.list_event_source_mappings(
        FunctionName=moved.target.stack.functions["indexer"]
    )["EventSourceMappings"]
    streams = [each["EventSourceArn"] for each in mappings]
    followed = copy.client.describe_table(TableName=copy.name)["Table"]["LatestStreamArn"]
    prove("the indexer follows the stream of the copy", streams == [followed], streams)


def _prove_taken_over(moved: Rehearsal) -> None:
    refused = log.run(moved) or ""
    prove("no run signs for another table by itself", OTHER_TABLE in refused, refused)
    _take_over(moved)
    prove("the log goes on with the copy", log.run(moved) is None)


def _restart(workspace_id: str) -> str:
    """Let the log cover the chain again. Returns the id of the event that says so in the chain."""
    command = ("checkpoint", "restart", workspace_id, "--reason", "drill: a copy is used", "--yes")
    ended = run_indelible(*command)
    found = re.search(r"event ([0-9a-f-]{36}) ", " ".join(ended.stderr.split()))
    if ended.returncode or found is None:
        raise LocalStackError(f"The chain is not restarted: {ended.stdout}{ended.stderr}")
    did("The chain is restarted, because the record is lost in this table.")
    return found[1]


def _take_over(rehearsal: Rehearsal) -> None:
    """Let the log go on with the stack's present table, if it read another one."""
    ended = run_indelible("checkpoint", "take-over", "--yes")
    if ended.returncode == 0:
        did(ended.stdout.strip().splitlines()[-1])
        log.run_until(rehearsal, "the log is taken over", lambda: not log.show_log()["requests"])


@contextmanager
def _stopped_ingest(rehearsal: Rehearsal) -> Iterator[None]:
    """Let no request reach ingest, until the end of the block or `_start_ingest`."""
    name = rehearsal.target.stack.functions["ingest"]
    rehearsal.target.functions.put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=0
    )
    try:
        yield
    finally:
        _start_ingest(rehearsal)


def _start_ingest(rehearsal: Rehearsal) -> None:
    deployment.limit_processes(_port(rehearsal), [rehearsal.target.stack.functions["ingest"]])


def _prove_refused(rehearsal: Rehearsal, api_key: str) -> None:
    """On AWS the answer is our 503 with Retry-After. The emulator has a 429 of its own."""
    event = {"actor_id": "drill", "action": LATE}
    headers = {"Authorization": f"Bearer {api_key}"}
    status = rehearsal.http.post("v1/events", json=event, headers=headers).status_code
    refused = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
    prove("nothing is accepted while ingest is stopped", status in refused, status)


def _protect(copy: Table) -> None:
    """Give the copy the settings that DynamoDB does not restore."""
    copy.client.update_table(
        TableName=copy.name,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    copy.client.update_table(TableName=copy.name, DeletionProtectionEnabled=True)
    copy.client.update_continuous_backups(
        TableName=copy.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


@contextmanager
def _used_instead(rehearsal: Rehearsal, copy: Table) -> Iterator[Rehearsal]:
    """Deploy the stack with the copy. After the block it uses its own table again."""
    port, stack = _port(rehearsal), rehearsal.target.stack
    label = stream_label(copy.client, copy.name)
    deployment.build(port)
    deployment.roll_out(port, f"TableName={copy.name}", f"TableStreamLabel={label}")
    did(f"The stack is deployed with the table {copy.name}.")
    save(replace(stack, table_name=copy.name))
    try:
        yield begin()
    finally:
        deployment.roll_out(port, 'TableName=""', 'TableStreamLabel=""')
        save(stack)
        _take_over(rehearsal)
        copy.client.update_table(TableName=copy.name, DeletionProtectionEnabled=False)


def _port(rehearsal: Rehearsal) -> int:
    return urlsplit(rehearsal.target.stack.endpoint_url).port or settings.DEFAULT_PORT
