"""A table that goes back to an earlier moment, with the locked bucket intact.

The log goes on. What it has covered and the table lacks is put back in one workspace, and lost for
good in another.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from indelible.aws.turn_item import turn_key

from drills import copies, log
from drills.rehearsal import BROKEN, Rehearsal, did, prove, prove_exit, prove_soon
from tools.local.commands import indelible, run_indelible
from tools.local.failure import LocalStackError

if TYPE_CHECKING:
    from indelible.aws.table import Item, Table

BEFORE, AFTER = 3, 2
"""Records that are covered before the backup, and after it."""

OTHER_TABLE = "The turn in the table is not that of the newest run"
RESTARTED = "indelible.chain_restarted"
REASON = "drill: the table was restored"


def rehearse(rehearsal: Rehearsal) -> None:
    found, lost = (rehearsal.make_workspace(f"drill: {each}") for each in ("found", "lost"))
    keys = {each: rehearsal.make_key(each, "drill") for each in (found, lost)}
    with TemporaryDirectory() as folder:
        _grow(rehearsal, keys, "before", BEFORE)
        backup = copies.back_up(rehearsal)
        _grow(rehearsal, keys, "after", AFTER)
        kept = log.fetch(lost, folder, "kept")
        did(f"{BEFORE + AFTER} records of two chains are covered, and a checkpoint is kept.")
        with rehearsal.stopped_writer():
            since = log.now_ms()
            with copies.restored(rehearsal, backup) as copy:
                evidence = _go_back(rehearsal, copy, [found, lost])
            did(f"The table goes back to when it had {BEFORE}. The writer has been stopped.")
            _prove_held(rehearsal, [found, lost], since)
            for item in evidence[found]:
                rehearsal.target.table.client.put_item(
                    TableName=rehearsal.target.table.name, Item=item
                )
        log.await_covered(rehearsal, found, BEFORE + AFTER)
        log.look_again(rehearsal, found)
        prove_exit(0, "with its segments put back, the first chain is valid", "verify", found)
        _restart(rehearsal, lost)
        _prove_restarted(rehearsal, lost, keys[lost], kept)


def _grow(rehearsal: Rehearsal, keys: dict[str, str], when: str, records: int) -> None:
    """Chain this many events of each workspace, and have them covered."""
    for workspace_id, key in keys.items():
        ids = rehearsal.accept(key, *[f"drill.{when}"] * records)
        rehearsal.await_chained(workspace_id, ids)
    for workspace_id in keys:
        log.await_covered(rehearsal, workspace_id, BEFORE if when == "before" else BEFORE + AFTER)


def _go_back(
    rehearsal: Rehearsal, copy: Table, workspace_ids: Sequence[str]
) -> dict[str, list[Item]]:
    """Make these chains and the turn what the copy has. Returns what the table had more."""
    live = rehearsal.target.table
    more = dict[str, list[Any]]()
    for each in workspace_ids:
        there = copies.segments(copy, each)
        more[each] = [item for sk, item in copies.segments(live, each).items() if sk not in there]
        for item in more[each]:
            name = {"pk": item["pk"], "sk": item["sk"]}
            live.client.delete_item(TableName=live.name, Key=name)
    turn: Any = copy.client.get_item(TableName=copy.name, Key=turn_key())["Item"]
    live.client.put_item(TableName=live.name, Item=turn)
    return more


def _prove_held(rehearsal: Rehearsal, workspace_ids: Sequence[str], since: int) -> None:
    log.run_until(
        rehearsal,
        "both chains are held",
        lambda: [log.hold_of(each) for each in workspace_ids] == ["truncated"] * 2,
    )
    prove("the log goes on, and both chains are held: truncated", True)
    prove_soon(
        "a run has said that the table is not the newest",
        lambda: log.has_logged(rehearsal, OTHER_TABLE, since),
    )
    for each in workspace_ids:
        prove_exit(BROKEN, f"`indelible verify` finds it in {each}", "verify", each)


def _restart(rehearsal: Rehearsal, workspace_id: str) -> None:
    did(indelible("checkpoint", "restart", workspace_id, "--reason", REASON, "--yes").strip())

    def is_restarted() -> bool:
        state = log.covered(workspace_id) or {}
        return (state.get("epoch"), state.get("covered_to")) == (1, BEFORE + 1)

    log.run_until(rehearsal, f"{workspace_id} is covered in its next epoch", is_restarted)
    log.look_again(rehearsal, workspace_id)


def _prove_restarted(rehearsal: Rehearsal, workspace_id: str, api_key: str, kept: Path) -> None:
    """It shows in the chain, in the log, and to who kept a checkpoint; for ever."""
    prove_exit(0, "the restarted chain is valid again", "verify", workspace_id)
    events = rehearsal.listed(api_key, RESTARTED)
    prove("the chain has an event about its restart", len(events) == 1, events)
    said = run_indelible("verify", workspace_id).stdout
    expected = f"records {BEFORE + 1} to {BEFORE + AFTER} lost"
    prove(f"`indelible verify` says for ever: {expected}", expected in said, said)
    variables = {
        "INDELIBLE_URL": rehearsal.target.stack.base_url,
        "INDELIBLE_API_KEY": api_key,
    }
    asked = ("verify", "--checkpoint", str(kept), "--against-log", "--json")
    ended = run_indelible(*asked, **variables)
    if ended.returncode:
        raise LocalStackError(
            f"The checkpoint that was kept is refused: {ended.stdout}{ended.stderr}"
        )
    grown = json.loads(ended.stdout)["against_log"]
    found = (grown["kept"], grown["lost"], len(grown["coverage"]["restarts"]))
    prove("who kept a checkpoint learns what is lost", found == (BEFORE, AFTER, 1), found)
