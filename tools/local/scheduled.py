"""Runs a function that has a schedule, now and to its end, or keeps it from running."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from tools.local import deployment, settings
from tools.local.aws import root_session
from tools.local.failure import LocalStackError
from tools.local.stack import Stack
from tools.local.waiting import wait_until


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
    _raise_if(run_now(stack, function), function)


def run_well_after_others(stack: Stack, function: str) -> None:
    """Run the function when no other run of it is under way. LocalStackError if it fails.

    A run that began before could otherwise end later, and write what it found then.
    """
    with _run_alone(stack, function) as failure:
        _raise_if(failure, function)


def _raise_if(failure: str | None, function: str) -> None:
    if failure:
        raise LocalStackError(f"The function {function} failed: {failure}")


@contextmanager
def no_runs(stack: Stack) -> Iterator[None]:
    """Let no run of the function `checkpoint` take place while the block runs."""
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)
    with _run_alone(stack, "checkpoint"):
        client.put_function_concurrency(
            FunctionName=stack.functions["checkpoint"], ReservedConcurrentExecutions=0
        )
        yield


@contextmanager
def _run_alone(stack: Stack, function: str) -> Iterator[str | None]:
    """Run the function while no other run of it may take place, also while the block runs.

    A run that has begun is waited for: while only one may take place, another one is refused.
    Yields what `run_now` returns.
    """
    name = stack.functions[function]
    client = root_session().client("lambda", endpoint_url=stack.endpoint_url)

    def ended() -> list[str | None]:
        with suppress(client.exceptions.TooManyRequestsException):
            return [run_now(stack, function)]
        return []

    try:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        [failure] = wait_until(f"the run of {function} that has begun is over", ended)
        yield failure
    finally:
        port = urlsplit(stack.endpoint_url).port or settings.DEFAULT_PORT
        deployment.limit_processes(port, [name])
