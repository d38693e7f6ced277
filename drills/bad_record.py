"""A bad record in the newest minutes: its chain is held, others go on, and it is put right."""

from __future__ import annotations

from dataclasses import replace

import httpx
from indelible import zstd
from indelible.aws.ledger import DynamoDBLedger
from indelible.chain.segment import Segment, read_records

from drills import copies, log
from drills.rehearsal import BROKEN, Rehearsal, did, prove, prove_exit, prove_soon
from tools.local.failure import LocalStackError
from tools.local.scheduled import no_runs


def rehearse(rehearsal: Rehearsal) -> None:
    bad, other = (rehearsal.make_workspace(f"drill: {each}") for each in ("bad", "beside bad"))
    key_of_bad, key_of_other = (rehearsal.make_key(each, "drill") for each in (bad, other))
    ids = rehearsal.accept(key_of_bad, "drill.covered")
    rehearsal.await_chained(bad, ids)
    log.await_covered(rehearsal, bad, 1)
    held = log.newest_metric(rehearsal, "Held")
    with no_runs(rehearsal.target.stack):
        ids += rehearsal.accept(key_of_bad, "drill.newest")
        rehearsal.await_chained(bad, ids)
        genuine = _change_newest(rehearsal, bad)
        others = rehearsal.accept(key_of_other, "drill.other")
        rehearsal.await_chained(other, others)
    did("Somebody changes a record before any run has covered it.")
    log.run_until(rehearsal, "the chain is held", lambda: log.hold_of(bad) == "hash_mismatch")
    prove("the chain is held, and the run succeeds nevertheless", True)
    prove_soon(
        "the metric of HeldWorkspacesAlarm counts it",
        lambda: log.newest_metric(rehearsal, "Held") == held + 1,
    )
    prove_exit(BROKEN, "`indelible verify` finds the damage", "verify", bad)
    prove_soon(
        "the API has no proof of the event, and says why: 500 chain_damaged",
        lambda: _asked(rehearsal, key_of_bad, ids[-1]) == (500, "chain_damaged"),
    )
    log.await_covered(rehearsal, other, 1)
    prove("another workspace is covered meanwhile", True)
    copies.put_segment(rehearsal.target.table, genuine)
    log.await_covered(rehearsal, bad, 2)
    prove("with the record put back, the next run covers the chain", True)
    prove_exit(0, "the chain is valid", "verify", bad)
    prove_soon(
        "the event has its proof",
        lambda: _asked(rehearsal, key_of_bad, ids[-1])[0] == httpx.codes.OK,
    )


def _change_newest(rehearsal: Rehearsal, workspace_id: str) -> Segment:
    """Change the newest segment, as somebody could. Returns it as it was."""
    genuine = DynamoDBLedger(rehearsal.target.table).newest(workspace_id)
    if genuine is None:
        raise LocalStackError(f"{workspace_id} has no chain.")
    records = b"\n".join(read_records(genuine)).replace(b"drill.newest", b"drill.beside")
    copies.put_segment(rehearsal.target.table, replace(genuine, records=zstd.compress(records)))
    return genuine


def _asked(rehearsal: Rehearsal, api_key: str, event_id: str) -> tuple[int, str]:
    """The status of the answer about an event's proof, and the code of the error."""
    headers = {"Authorization": f"Bearer {api_key}"}
    answer = rehearsal.http.get(f"v1/events/{event_id}/proof", headers=headers)
    is_ok = answer.status_code == httpx.codes.OK
    return answer.status_code, "" if is_ok else str(answer.json().get("error"))
