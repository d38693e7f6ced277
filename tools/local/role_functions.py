"""Small functions with the role of a deployed one, because only Lambda may assume such a role."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tools.local.aws import root_session
from tools.local.failure import LocalStackError

if TYPE_CHECKING:
    from tools.local.stack import Stack

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_HAND_OUT = """
import os

def handler(event, context):
    return {name: os.environ[name] for name in event}
"""


@contextmanager
def function_with_role(
    stack: Stack, role: str, name: str, code: str
) -> Iterator[Callable[[object], object]]:
    """Deploy `code` with this role while the block runs. Yields what invokes its `handler`."""
    functions = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    deployed = functions.get_function_configuration(FunctionName=stack.functions["ingest"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code_with_role.py", code)
    functions.create_function(
        FunctionName=name,
        Runtime=deployed["Runtime"],
        Layers=[layer["Arn"] for layer in deployed["Layers"]],
        Role=role,
        Handler="code_with_role.handler",
        Timeout=60,
        Code={"ZipFile": packed.getvalue()},
    )

    def invoke(event: object) -> object:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
        result: object = json.loads(answer["Payload"].read())
        return result

    try:
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        yield invoke
    finally:
        functions.delete_function(FunctionName=name)


def credentials_of(stack: Stack, function: str) -> dict[str, str]:
    """The credentials of a function's role, as variables of the environment."""
    name = f"credentials-{function}-{secrets.token_hex(4)}"
    with function_with_role(stack, stack.roles[function], name, _HAND_OUT) as invoke:
        found = invoke(_CREDENTIALS)
    if not isinstance(found, dict) or set(found) != set(_CREDENTIALS):
        raise LocalStackError(f"No credentials of the role of {function} could be had.")
    return found
