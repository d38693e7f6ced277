"""Restoring: damaged segments come back out of a copy that was proved, the rest stays."""

import json
import zlib
from dataclasses import replace
from itertools import accumulate

from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger, item_of
from indelible.aws.table import chain_pk, key, segment_sk
from indelible.chain.hashes import event_hash, leaf_hash
from indelible.chain.segment import Segment, read_records
from indelible.index.levels import GEOMETRY

from drills import copies
from drills.rehearsal import Rehearsal, did, prove, wait_until
from tools.local.commands import indelible, run_indelible
from tools.local.failure import LocalStackError

BROKEN, UNABLE = 1, 2
REQUESTS, PER_REQUEST = 4, 100
CHANGED, DELETED = 4, 7
"""Where two segments begin that hold three events each."""

ACTION = "drill.before_1_0"
"""The action of the first event in the changed segment, and of no other."""


def rehearse(rehearsal: Rehearsal) -> None:
    _restore_under_a_warm_writer(rehearsal)
    workspace_id = rehearsal.make_workspace("drill: restore")
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = _chain_requests(rehearsal, workspace_id, api_key, "before")
    ids += _fill_block(rehearsal, workspace_id, api_key)
    head = _head(workspace_id)
    backup = copies.back_up(rehearsal)
    did(f"The head {head[:20]}… is noted, and a backup taken.")
    _change(rehearsal, workspace_id)
    did("Somebody changes a segment, and a block of the index is built of it.")
    ids += _chain_requests(rehearsal, workspace_id, api_key, "after")
    index = DynamoDBIndex(rehearsal.target.table)
    wait_until("a block is indexed", lambda: index.newest_directory(workspace_id) == 0)
    listed = rehearsal.listed(api_key, ACTION)
    prove("a filter does not find the event that was changed", listed == [], listed)
    _delete(rehearsal, workspace_id)
    did("Another segment is deleted, from before the backup too.")
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
    _prove_index(rehearsal, workspace_id, api_key, ids[CHANGED - 1])
    ids += _chain_requests(rehearsal, workspace_id, api_key, "restored")
    prove(f"it holds all {len(ids)} events, newer ones too", rehearsal.chained(workspace_id) == ids)


def _restore_under_a_warm_writer(rehearsal: Rehearsal) -> None:
    """A writer that remembers a tampered head must not go on from there."""
    workspace_id = rehearsal.make_workspace("drill: warm writer")
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = rehearsal.accept(api_key, "drill.first", idempotency_key="drill-1")
    rehearsal.await_chained(workspace_id, ids)
    ledger = DynamoDBLedger(rehearsal.target.table)
    genuine = ledger.newest(workspace_id)
    if genuine is None:
        raise LocalStackError(f"{workspace_id} has no chain.")
    _put(rehearsal, _rewritten(genuine))
    rehearsal.post(api_key, "drill.first", idempotency_key="drill-1")
    queue_url = rehearsal.target.stack.queue_url
    wait_until("the repeated event is dropped", lambda: not rehearsal.target.waiting(queue_url))
    did("Somebody rewrites the last segment, with hashes that fit, and a writer has read it.")
    with rehearsal.stopped_writer():
        _put(rehearsal, genuine)
    ids += rehearsal.accept(api_key, "drill.second")
    rehearsal.await_chained(workspace_id, ids)
    _prove_exit(0, "put back, the chain is valid and goes on under it", "verify", workspace_id)


def _rewritten(segment: Segment) -> Segment:
    """The segment with another action in its records, and hashes that fit them."""
    records = [each.replace(b"drill.first", b"drill.other") for each in read_records(segment)]
    leaves = [leaf_hash(each) for each in records]
    *_, link = accumulate(leaves, event_hash, initial=segment.previous_event_hash)
    return replace(
        segment,
        records=zlib.compress(b"\n".join(records)),
        leaf_hashes=b"".join(leaves),
        event_hash=link,
    )


def _put(rehearsal: Rehearsal, segment: Segment) -> None:
    table = rehearsal.target.table
    table.client.put_item(TableName=table.name, Item=item_of(segment))


def _prove_index(rehearsal: Rehearsal, workspace_id: str, api_key: str, event_id: str) -> None:
    """The indexer makes the block of the segments put back say nothing; then it is rebuilt.

    The stream may tell of a segment some seconds after it was put back: then the block is made
    blank once more, and rebuilt once more.
    """
    wait_until(
        "the filter finds the event again", lambda: rehearsal.listed(api_key, ACTION) == [event_id]
    )
    prove("the filter finds the event again, before anything is rebuilt", True)
    found = json.loads(indelible("index", "verify", workspace_id, "--json"))
    prove("its block hides nothing, and is slow", found["wrong"] == 0 < found["slow"], found)
    wait_until("the index is rebuilt", lambda: _is_rebuilt(workspace_id))
    prove("rebuilt, the index is what the chain gives", True)
    listed = rehearsal.listed(api_key, ACTION)
    prove("and the filter finds the event by it", listed == [event_id], listed)


def _is_rebuilt(workspace_id: str) -> bool:
    did(indelible("index", "rebuild", workspace_id).strip())
    found = json.loads(indelible("index", "verify", workspace_id, "--json"))
    return not found["differences"]


def _chain_requests(rehearsal: Rehearsal, workspace_id: str, api_key: str, when: str) -> list[str]:
    """Send requests, each once the one before is chained: a segment for each."""
    ids: list[str] = []
    for number in range(REQUESTS):
        sent = rehearsal.accept(api_key, *[f"drill.{when}_{number}_{n}" for n in range(3)])
        rehearsal.await_chained(workspace_id, sent)
        ids += sent
    return ids


def _fill_block(rehearsal: Rehearsal, workspace_id: str, api_key: str) -> list[str]:
    """Chain events until a few are missing to a block of the index."""
    ids: list[str] = []
    for _ in range((GEOMETRY.narrow.span - 3 * REQUESTS) // PER_REQUEST):
        ids += rehearsal.accept(api_key, *["drill.filler"] * PER_REQUEST)
    missing = GEOMETRY.narrow.span - 3 * REQUESTS - len(ids) - 3
    ids += rehearsal.accept(api_key, *["drill.filler"] * missing)
    rehearsal.await_chained(workspace_id, ids)
    return ids


def _head(workspace_id: str) -> str:
    head = json.loads(indelible("workspace", "show", workspace_id, "--json"))["head"]
    return f"{head['sequence']}:{head['event_hash']}"


def _change(rehearsal: Rehearsal, workspace_id: str) -> None:
    """Change a segment's records so that they can still be read: to an index they look genuine."""
    table = rehearsal.target.table
    segment = DynamoDBLedger(table).containing(workspace_id, CHANGED)
    if segment is None or (segment.first_sequence, segment.count) != (CHANGED, 3):
        raise LocalStackError(f"{workspace_id} has no segment of three events at {CHANGED}.")
    records = b"\n".join(read_records(segment)).replace(b"drill.before", b"drill.beside")
    _put(rehearsal, replace(segment, records=zlib.compress(records)))


def _delete(rehearsal: Rehearsal, workspace_id: str) -> None:
    table = rehearsal.target.table
    place = key(chain_pk(workspace_id), segment_sk(DELETED))
    table.client.delete_item(TableName=table.name, Key=place)


def _prove_exit(status: int, what: str, *arguments: str) -> None:
    ended = run_indelible(*arguments)
    prove(what, ended.returncode == status, ended.stdout + ended.stderr)
