"""Rotating keys while events are sent: both keys work, then only the new one; nothing is lost."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
from indelible.accounts.keys import KEY_PREFIX_LENGTH

from drills.rehearsal import Rehearsal, did, ids_in, prove, prove_exit
from tools.local.commands import indelible

EVENTS_PER_PHASE = 10


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: keys")
    old = rehearsal.make_key(workspace_id, "old")
    ids = _send(rehearsal, old, "with_old")
    did("A client sends with its old key.")
    with ThreadPoolExecutor(1) as client:
        sending = client.submit(_send, rehearsal, old, "while_new_is_made")
        new = rehearsal.make_key(workspace_id, "new")
        did("At the same time a new key is made.")
        ids += sending.result()
    for name, key in (("old", old), ("new", new)):
        answer = rehearsal.post(key, f"drill.both_{name}")
        accepted = answer.status_code == httpx.codes.ACCEPTED
        prove(f"the {name} key is accepted", accepted, answer.text)
        ids += ids_in(answer)
    rehearsal.make_key(workspace_id, "unused")
    last_use = _last_use(workspace_id)
    prove("`key list` shows when each key was last used", all(last_use[:2]), last_use)
    prove("and that the third one never was", last_use[2] is None, last_use)
    with ThreadPoolExecutor(1) as client:
        sending = client.submit(_send, rehearsal, new, "with_new")
        indelible("key", "revoke", old[:KEY_PREFIX_LENGTH])
        refused = rehearsal.post(old, "drill.revoked")
        ids += sending.result()
    did("The old key is revoked while the client sends with the new one.")
    prove(
        "the first request with the old key after that is answered 401",
        refused.status_code == httpx.codes.UNAUTHORIZED,
        refused.text,
    )
    rehearsal.await_chained(workspace_id, ids)
    prove_exit(0, "the chain is valid", "verify", workspace_id)
    chained = rehearsal.chained(workspace_id)
    prove(f"it holds all {len(ids)} accepted events and no others", chained == ids, chained)


def _last_use(workspace_id: str) -> list[str | None]:
    """The last use of each key, oldest key first."""
    listed = json.loads(indelible("key", "list", workspace_id, "--json"))
    return [each["last_used_at"] for each in listed]


def _send(rehearsal: Rehearsal, key: str, phase: str) -> list[str]:
    """Send events one by one; returns their ids in order."""
    return [
        event_id
        for number in range(EVENTS_PER_PHASE)
        for event_id in rehearsal.accept(key, f"drill.{phase}_{number}")
    ]
