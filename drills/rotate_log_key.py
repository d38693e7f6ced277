"""Rotating the key of the log: both keys sign for a while, then the new one alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from drills import log
from drills.rehearsal import Rehearsal, did, prove, prove_exit
from tools.local import deployment, settings
from tools.local.aws import root_session

REFUSED = 1
KEYS = "SIGNING_KEY_ARNS"


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: rotate log key")
    api_key = rehearsal.make_key(workspace_id, "drill")
    log.grow(rehearsal, workspace_id, api_key, 1)
    [old] = _signed()
    with TemporaryDirectory() as folder:
        kept = log.fetch(workspace_id, folder, "with the old key")
        new_arn = _make_key(rehearsal)
        with _also_signed_by(rehearsal, new_arn):
            log.grow(rehearsal, workspace_id, api_key, 2)
            [first, new] = _signed()
            prove("both keys sign, the old one first", first == old, [first, new])
            both = log.fetch(workspace_id, folder, "with both")
            _prove(both, old, 0, "who pinned the old key accepts a checkpoint of these days")
            _prove(both, new, 0, "who pins the new key accepts it too")
            with _signed_by(rehearsal, new_arn):
                log.grow(rehearsal, workspace_id, api_key, 3)
                alone = log.fetch(workspace_id, folder, "with the new key")
                prove("the new key signs alone", _signed() == [new], _signed())
                _prove(alone, new, 0, "who pins the new key accepts it")
                _prove(alone, old, REFUSED, "who still pins the old one does not")
                _prove(kept, old, 0, "a checkpoint that was kept is as good as before")
            log.grow(rehearsal, workspace_id, api_key, 4)
        log.grow(rehearsal, workspace_id, api_key, 5)
    prove("the stack's own key signs alone again", _signed() == [old], _signed())
    listed = log.show_log()["keys"]
    has_both = {each["vkey"] for each in listed} >= {old, new}
    prove("the log has both keys for ever, each with its first size", has_both, listed)
    prove_exit(0, "the chain is valid", "verify", workspace_id)


def _signed() -> list[str]:
    """The verifier keys of those that have signed the newest run."""
    return [each["vkey"] for each in log.show_log()["keys"] if each["signed"]]


def _prove(file: Path, vkey: str, status: int, what: str) -> None:
    prove_exit(status, what, "verify", "--checkpoint", str(file), "--key", vkey)


def _make_key(rehearsal: Rehearsal) -> str:
    """Make a key with the policy of the present one, as docs/drills.md says. Returns its ARN."""
    stack = rehearsal.target.stack
    kms: Any = root_session().client("kms", endpoint_url=stack.endpoint_url)
    policy = kms.get_key_policy(KeyId=stack.signing_key_arn, PolicyName="default")["Policy"]
    made = kms.create_key(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY", Policy=policy)
    did("A new key is made, with the policy of the old one.")
    return str(made["KeyMetadata"]["Arn"])


@contextmanager
def _also_signed_by(rehearsal: Rehearsal, arn: str) -> Iterator[None]:
    """Deploy the stack with a second key. After the block its own key is the only one again."""
    port = urlsplit(rehearsal.target.stack.endpoint_url).port or settings.DEFAULT_PORT
    deployment.build(port)
    deployment.roll_out(port, f"NextSigningKeyArn={arn}")
    did("The stack is deployed with both.")
    try:
        yield
    finally:
        deployment.roll_out(port, 'NextSigningKeyArn=""')


@contextmanager
def _signed_by(rehearsal: Rehearsal, arn: str) -> Iterator[None]:
    """Let only this key sign while the block runs.

    On AWS a deployment does it, with SigningKeyArn. Here that would remove the stack's own key from
    the stack for ever, so the function gets the variable that the deployment would set.
    """
    stack = rehearsal.target.stack
    functions = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    name = stack.functions["checkpoint"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**before, KEYS: arn}}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)
    did("The old key signs no more.")
    try:
        yield
    finally:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": before}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)
