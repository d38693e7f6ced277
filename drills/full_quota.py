"""A full quota: requests are refused as a whole until the operator raises the quota."""

import json

import httpx

from drills.rehearsal import Rehearsal, did, ids_in, prove, prove_exit
from tools.local.commands import indelible

QUOTA = 5


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: quota", "--events-per-month", str(QUOTA))
    api_key = rehearsal.make_key(workspace_id, "drill")
    ids = rehearsal.accept(api_key, *[f"drill.within_{n}" for n in range(QUOTA - 1)])
    did(f"A workspace with {QUOTA} events a month has sent {QUOTA - 1}.")
    _prove_refused(rehearsal.post(api_key, "drill.one", "drill.too_many"), "two more")
    ids += rehearsal.accept(api_key, "drill.last")
    _prove_refused(rehearsal.post(api_key, "drill.over"), "one over the quota")
    used = _events_this_month(workspace_id)
    prove("refused events are not counted", used == QUOTA, used)
    indelible("workspace", "set-limits", workspace_id, "--events-per-month", str(2 * QUOTA))
    did(f"The quota is raised to {2 * QUOTA}.")
    answer = rehearsal.post(api_key, "drill.after")
    accepted = answer.status_code == httpx.codes.ACCEPTED
    prove("the very next request is accepted", accepted, answer.text)
    ids += ids_in(answer)
    rehearsal.await_chained(workspace_id, ids)
    prove_exit(0, "the chain is valid", "verify", workspace_id)
    chained = rehearsal.chained(workspace_id)
    prove("it holds the accepted events and no others", chained == ids, chained)


def _prove_refused(answer: httpx.Response, what: str) -> None:
    refusal = answer.json()
    prove(
        f"{what}: 429 quota_exceeded until {refusal.get('resets_at')}, without Retry-After",
        answer.status_code == httpx.codes.TOO_MANY_REQUESTS
        and refusal.get("error") == "quota_exceeded"
        and bool(refusal.get("resets_at"))
        and "Retry-After" not in answer.headers,
        answer.text,
    )


def _events_this_month(workspace_id: str) -> int:
    shown = json.loads(indelible("workspace", "show", workspace_id, "--json"))
    return int(shown["events_this_month"])
