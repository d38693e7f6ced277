"""Restoring: damaged segments are put back from a verified copy; the rest stays as it is."""

import json
from dataclasses import replace
from itertools import accumulate
from typing import Any

from indelible import zstd
from indelible.aws.index import DynamoDBIndex
from indelible.aws.ledger import DynamoDBLedger
from indelible.aws.table import chain_pk, key, segment_sk
from indelible.chain.hashes import event_hash, leaf_hash
from indelible.chain.segment import Segment, cut_prefixes, read_records
from indelible.index.levels import GEOMETRY

from drills import copies, log
from drills.rehearsal import BROKEN, Rehearsal, did, head_of, prove, prove_exit, prove_soon
from tools.local.commands import indelible
from tools.local.failure import LocalStackError
from tools.local.scheduled import no_runs
from tools.local.waiting import wait_until

REQUESTS, PER_REQUEST = 4, 100
CHANGED, DELETED = 4, 7
"""First sequences of two segments with three events each: one is changed, one deleted."""

ACTION = "drill.before_1_0"
"""The action of the first event in the changed segment, and of no other."""


def rehearse(rehearsal: Rehearsal) -> None:
    _restore_under_a_warm_writer(rehearsal)
    workspace_id = rehearsal.make_workspace("drill: restore")
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = _chain_requests(rehearsal, workspace_id, api_key, "before")
    ids += _fill_block(rehearsal, workspace_id, api_key)
    head = head_of(workspace_id)
    backup = copies.back_up(rehearsal)
    did(f"The head {head[:20]}… is noted, and a backup taken.")
    _change(rehearsal, workspace_id)
    did("Somebody changes a segment, and a block of the index is built from it.")
    ids += _chain_requests(rehearsal, workspace_id, api_key, "after")
    index = DynamoDBIndex(rehearsal.target.table)
    wait_until("a block is indexed", lambda: index.newest_directory(workspace_id) == 0)
    listed = rehearsal.listed(api_key, ACTION)
    prove("a filter does not find the event that was changed", listed == [], listed)
    _delete(rehearsal, workspace_id)
    did("Another segment is deleted, from before the backup too.")
    prove_exit(BROKEN, "the live table is found broken", "verify", workspace_id)
    with copies.restored(rehearsal, backup) as copy:
        expected = ("verify", workspace_id, "--table", copy.name, "--expect-head")
        prove_exit(0, "the restored table is valid up to the noted head", *expected, head)
        sequence = head.partition(":")[0]
        wrong = f"{sequence}:{'00' * 32}"
        prove_exit(BROKEN, "it is not valid with another head", *expected, wrong)
        count = copies.put_back(copy, rehearsal.target.table, workspace_id)
    log.look_again(rehearsal, workspace_id)
    prove("the two damaged segments are put back, and no others", count == 2, count)  # noqa: PLR2004
    prove_exit(
        0,
        "the live table is valid up to the noted head, and past it",
        *("verify", workspace_id, "--expect-head", head),
    )
    _prove_index(rehearsal, workspace_id, api_key, ids[CHANGED - 1])
    ids += _chain_requests(rehearsal, workspace_id, api_key, "restored")
    chained = rehearsal.chained(workspace_id)
    prove(f"it holds all {len(ids)} events, newer ones too", chained == ids, chained)


def _restore_under_a_warm_writer(rehearsal: Rehearsal) -> None:
    """A writer that remembers a changed last segment must not append to it."""
    workspace_id = rehearsal.make_workspace("drill: warm writer")
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = rehearsal.accept(api_key, "drill.first", idempotency_key="drill-1")
    rehearsal.await_chained(workspace_id, ids)
    ledger = DynamoDBLedger(rehearsal.target.table)
    genuine = ledger.newest(workspace_id)
    if genuine is None:
        raise LocalStackError(f"{workspace_id} has no chain.")
    with no_runs(rehearsal.target.stack):  # one would cover what somebody wrote, for ever
        copies.put_segment(rehearsal.target.table, _rewritten(genuine))
        rehearsal.post(api_key, "drill.first", idempotency_key="drill-1")
        queue_url = rehearsal.target.stack.queue_url
        wait_until("the repeated event is dropped", lambda: not rehearsal.target.waiting(queue_url))
        did("Somebody rewrites the last segment, with matching hashes, and a writer has read it.")
        with rehearsal.stopped_writer():
            copies.put_segment(rehearsal.target.table, genuine)
    ids += rehearsal.accept(api_key, "drill.second")
    rehearsal.await_chained(workspace_id, ids)
    log.look_again(rehearsal, workspace_id)
    prove_exit(
        0,
        "with the segment put back, the chain is valid, and later events follow it",
        "verify",
        workspace_id,
    )


def _rewritten(segment: Segment) -> Segment:
    """The segment with another action in its records, and with hashes that match them."""
    records = [each.replace(b"drill.first", b"drill.other") for each in read_records(segment)]
    leaves = [leaf_hash(each) for each in records]
    *_, link = accumulate(leaves, event_hash, initial=segment.previous_event_hash)
    return replace(
        segment,
        records=zstd.compress(b"\n".join(records)),
        leaf_prefixes=cut_prefixes(leaves),
        event_hash=link,
    )


def _prove_index(rehearsal: Rehearsal, workspace_id: str, api_key: str, event_id: str) -> None:
    """The indexer blanks the block of the segments that were put back; then it is rebuilt.

    The stream may announce a segment only seconds later. Then the block is blanked again, and must
    be rebuilt again.
    """
    prove_soon(
        "a filter finds the event again, before anything is rebuilt",
        lambda: rehearsal.listed(api_key, ACTION) == [event_id],
    )
    found = _verified_index(workspace_id)
    only_slow = found["wrong"] == 0 < found["slow"]
    prove("the index hides nothing, and one block is slow", only_slow, found)
    prove_soon("the rebuilt index matches the chain", lambda: _is_rebuilt(workspace_id))
    listed = rehearsal.listed(api_key, ACTION)
    prove("a filter finds the event with it", listed == [event_id], listed)


def _is_rebuilt(workspace_id: str) -> bool:
    did(indelible("index", "rebuild", workspace_id).strip())
    return not _verified_index(workspace_id)["differences"]


def _verified_index(workspace_id: str) -> dict[str, Any]:
    """The result of `indelible index verify`, which compares the index with the chain."""
    found: dict[str, Any] = json.loads(indelible("index", "verify", workspace_id, "--json"))
    return found


def _chain_requests(rehearsal: Rehearsal, workspace_id: str, api_key: str, when: str) -> list[str]:
    """Send requests one by one. Each waits until the last one is chained, so it makes a segment."""
    ids: list[str] = []
    for number in range(REQUESTS):
        sent = rehearsal.accept(api_key, *[f"drill.{when}_{number}_{n}" for n in range(3)])
        rehearsal.await_chained(workspace_id, sent)
        ids += sent
    return ids


def _fill_block(rehearsal: Rehearsal, workspace_id: str, api_key: str) -> list[str]:
    """Chain events until a block of the index lacks only a few."""
    ids: list[str] = []
    for _ in range((GEOMETRY.narrow.span - 3 * REQUESTS) // PER_REQUEST):
        ids += rehearsal.accept(api_key, *["drill.filler"] * PER_REQUEST)
    missing = GEOMETRY.narrow.span - 3 * REQUESTS - len(ids) - 3
    ids += rehearsal.accept(api_key, *["drill.filler"] * missing)
    rehearsal.await_chained(workspace_id, ids)
    return ids


def _change(rehearsal: Rehearsal, workspace_id: str) -> None:
    """Change a segment's records so that the indexer can still read them and indexes them."""
    table = rehearsal.target.table
    segment = DynamoDBLedger(table).at_or_before(workspace_id, CHANGED)
    if segment is None or (segment.first_sequence, segment.count) != (CHANGED, 3):
        raise LocalStackError(f"{workspace_id} has no segment of three events at {CHANGED}.")
    records = b"\n".join(read_records(segment)).replace(b"drill.before", b"drill.beside")
    copies.put_segment(rehearsal.target.table, replace(segment, records=zstd.compress(records)))


def _delete(rehearsal: Rehearsal, workspace_id: str) -> None:
    table = rehearsal.target.table
    place = key(chain_pk(workspace_id), segment_sk(DELETED))
    table.client.delete_item(TableName=table.name, Key=place)
