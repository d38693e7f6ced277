"""A full quota: requests are refused whole, until the operator raises it."""

import json

import httpx

from drills.rehearsal import Rehearsal, did, prove
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
    prove("what was refused is not counted", _used(workspace_id) == QUOTA, _used(workspace_id))
    indelible("workspace", "set-limits", workspace_id, "--events-per-month", str(2 * QUOTA))
    did(f"The quota is raised to {2 * QUOTA}.")
    ids += rehearsal.accept(api_key, "drill.after")
    prove("the very next request is accepted", True)
    rehearsal.await_chained(workspace_id, ids)
    indelible("verify", workspace_id)
    prove("the chain is valid and holds what was accepted", rehearsal.chained(workspace_id) == ids)


def _prove_refused(answer: httpx.Response, what: str) -> None:
    refused = answer.status_code == httpx.codes.TOO_MANY_REQUESTS
    code = answer.json().get("error")
    prove(
        f"{what}: 429 quota_exceeded, Retry-After {answer.headers.get('Retry-After')} s",
        refused and code == "quota_exceeded" and int(answer.headers.get("Retry-After", 0)) > 0,
        answer.text,
    )


def _used(workspace_id: str) -> int:
    shown = json.loads(indelible("workspace", "show", workspace_id, "--json"))
    return int(shown["events_this_month"])
