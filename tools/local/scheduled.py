"""Runs a function that has a schedule, now and to its end, or keeps it from running."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tools.local import deployment, settings
from tools.local.aws import root_session
from tools.local.failure import LocalStackError
from tools.local.stack import Stack


def run_now(stack: Stack, function: str) -> str | None:
    """Run the function of this folder, `checkpoint` or `watcher`, as its schedule does.

    Returns the message of the error that it ended with, or None. Its schedule may run it at the
    same time.
    """
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    answer = client.invoke(FunctionName=stack.functions[function], Payload=b"{}")
    if not answer.get("FunctionError"):
        return None
    return str(json.loads(answer["Payload"].read()).get("errorMessage", "it has no message"))


def run_well(stack: Stack, function: str) -> None:
    """Run the function. LocalStackError if it fails."""
    if failure := run_now(stack, function):
        raise LocalStackError(f"The function {function} failed: {failure}")


_RUN_SECONDS = 3.0
"""How long a run takes here that has begun, and some more."""


@contextmanager
def no_runs(stack: Stack) -> Iterator[None]:
    """Let no run of the function `checkpoint` begin while the block runs."""
    name = stack.functions["checkpoint"]
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        time.sleep(_RUN_SECONDS)
        yield
    finally:
        port = urlsplit(stack.endpoint_url).port or settings.DEFAULT_PORT
        deployment.limit_processes(port, [name])
