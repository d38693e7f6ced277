"""The wire retries as often as botocore with the project's settings, and with the same token."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError
from indelible.aws.clients import dynamodb_client, single_try_dynamodb_client
from support.aws_faults import hooked

from .items import a_put
from .loop import Loop
from .refusals import refusal
from .stage import Stage
from .wire import SINGLE_TRY, STANDARD, Patience, Wire
from .world import World

ENDPOINT = "https://example.com"
FAILURES = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "InternalServerError",
    "ConditionalCheckFailedException",
    "ValidationException",
    ReadTimeoutError(endpoint_url=ENDPOINT),
    ConnectTimeoutError(endpoint_url=ENDPOINT),
]
PUT = a_put("pk")


def error_of(failure: str | Exception) -> Exception:
    return refusal("PutItem", failure) if isinstance(failure, str) else failure


def tries_of_botocore(
    failure: str | Exception, patch: pytest.MonkeyPatch, new_client: Callable[[], Any]
) -> int:
    """The number of attempts of a put that always fails in this way."""
    patch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
    error, tries = error_of(failure), 0

    def answer(**_: Any) -> AWSResponse:
        nonlocal tries
        tries += 1
        if not isinstance(error, ClientError):
            raise error
        body = json.dumps({"__type": failure}).encode()
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raw = SimpleNamespace(stream=lambda *_, **__: iter([body]))
        return AWSResponse(ENDPOINT, status, HTTPHeaders(), raw)

    client = new_client()
    with hooked(client, "before-send", answer), pytest.raises((ClientError, BotoCoreError)):
        client.put_item(**PUT)
    return tries


def tries_of_the_wire(failure: str | Exception, patience: Patience) -> int:
    """The number of attempts on the wire."""
    world, tries = World(1), 0

    def fail(**_: Any) -> None:
        nonlocal tries
        tries += 1
        raise error_of(failure)

    def call() -> None:
        wire = Wire(cast("Stage", SimpleNamespace(world=world)), "dynamodb", patience)
        with pytest.raises((ClientError, BotoCoreError)):
            wire.put_item(**PUT)

    world.dynamodb.put_item = fail  # type: ignore[method-assign,assignment]
    world.loop.spawn(call)
    world.loop.run()
    return tries


@pytest.mark.parametrize("failure", FAILURES, ids=str)
@pytest.mark.parametrize(
    ("new_client", "patience"),
    [(dynamodb_client, STANDARD), (single_try_dynamodb_client, SINGLE_TRY)],
)
def test_a_call_is_retried_as_often_as_botocore_retries_it(
    failure: str | Exception,
    new_client: Callable[[], Any],
    patience: Patience,
    environment: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = tries_of_botocore(failure, monkeypatch, new_client)
    assert tries_of_the_wire(failure, patience) == real
    assert real <= patience.tries


def test_tasks_take_turns_only_by_their_sleeps() -> None:
    loop, seen = Loop(0), list[tuple[int, str]]()

    def task(name: str, seconds: float) -> None:
        for _ in range(3):
            loop.sleep(seconds)
            seen.append((loop.now, name))

    loop.spawn(lambda: task("a", 0.000_003))
    loop.spawn(lambda: task("b", 0.000_002))
    loop.run()
    assert seen == [(2, "b"), (3, "a"), (4, "b"), (6, "a"), (6, "b"), (9, "a")]


def test_a_task_that_fails_ends_the_run() -> None:
    loop = Loop(0)

    def fail() -> None:
        loop.sleep(1)
        raise LookupError("gone")

    loop.spawn(fail)
    with pytest.raises(LookupError, match="gone"):
        loop.run()
