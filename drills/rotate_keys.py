"""Rotating keys while events flow: both work, then only the new one, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import httpx
from indelible.accounts.keys import KEY_PREFIX_LENGTH

from drills.rehearsal import Rehearsal, did, prove
from tools.local.commands import indelible

EVENTS = 40
HALF, DONE = EVENTS // 4, EVENTS // 2


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: keys")
    old = rehearsal.make_key(workspace_id, "old")
    ids = _send(rehearsal, [old], range(HALF))
    did("A client sends with its old key.")
    with ThreadPoolExecutor(1) as client:
        flowing = client.submit(_send, rehearsal, [old], range(HALF, DONE))
        new = rehearsal.make_key(workspace_id, "new")
        did("A new key is made while it goes on.")
        ids += flowing.result()
    ids += _send(rehearsal, [old, new], range(DONE, DONE + HALF))
    prove("both keys are accepted", True)
    with ThreadPoolExecutor(1) as client:
        flowing = client.submit(_send, rehearsal, [new], range(DONE + HALF, EVENTS))
        indelible("key", "revoke", old[:KEY_PREFIX_LENGTH])
        refused = rehearsal.post(old, "drill.revoked")
        ids += flowing.result()
    did("The old key is revoked while the client sends with the new one.")
    prove(
        "the first request with the old key after that is answered 401",
        refused.status_code == httpx.codes.UNAUTHORIZED,
        refused.text,
    )
    rehearsal.await_chained(workspace_id, ids)
    indelible("verify", workspace_id)
    prove(
        f"the chain is valid and holds all {EVENTS} events", rehearsal.chained(workspace_id) == ids
    )


def _send(rehearsal: Rehearsal, keys: list[str], numbers: range) -> list[str]:
    return [
        each
        for number in numbers
        for each in rehearsal.accept(keys[number % len(keys)], f"drill.sent_{number}")
    ]
