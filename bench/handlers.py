"""Loads handlers and invokes them as Lambda does, with prepared invocations."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stdout
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from indelible.identifiers import UUID_ENTROPY_BYTES, uuid7
from indelible.message import Accepted, encode
from indelible.times import SECOND
from indelible.web.request import parse_json, plain_body

from .aws import SECRET, WORKSPACE, constant_answers, constant_http
from .events import typical_events
from .rounds import Case, unprepared

FUNCTIONS = Path(__file__).parent.parent / "functions"
BATCH = 100
INGEST_SIZES = {1: 60, 10: 30, BATCH: 10}
WRITER_SIZES = {1: 60, BATCH: 10, 1_000: 2}
"""Events per invocation, and invocations per round."""

Handler = Callable[[dict[str, Any], object], dict[str, Any]]
Event = dict[str, Any]


class Context:
    """The part of a Lambda context that Powertools reads."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:bench"
    aws_request_id = "8e5d5f5c-6f0a-4a44-9d2c-5a3b1f0a9c77"

    def get_remaining_time_in_millis(self) -> int:
        """Return the whole time of an invocation."""
        return 20_000


def load(name: str) -> Handler:
    """Return the handler of `functions/<name>/app.py`; every function has a module `app`."""
    os.environ["POWERTOOLS_SERVICE_NAME"] = name
    folder = FUNCTIONS / name
    sys.path.insert(0, str(folder))
    try:
        handler: Handler = importlib.import_module("app").handler
    finally:
        sys.path.remove(str(folder))
        for module in folder.glob("*.py"):
            sys.modules.pop(module.stem, None)
    return handler


@contextmanager
def quiet() -> Iterator[None]:
    """Discard log lines and metrics; the functions still make and write them."""
    with open(os.devnull, "w", encoding="utf-8") as null, redirect_stdout(null):  # noqa: PTH123
        yield


_STOCK = 2_000
"""Events of the one application before they repeat."""


@cache
def _stock(keyed: bool) -> list[bytes]:
    return [msgspec.json.encode(event) for event in typical_events(_STOCK, keyed=keyed)]


def request(
    events: int, *, keyed: bool = False, single: bool = False, array: bool = False, skip: int = 0
) -> Event:
    """Return an API Gateway invocation with a batch of typical events, or with a single event.

    More than 100 need an array.
    """
    submitted = _stock(keyed)[skip : skip + events]
    path = "/v1/events" if single else "/v1/events/batch"
    body = submitted[0] if single else b"[" + b",".join(submitted) + b"]"
    if not single and not array:
        body = b'{"events":' + body + b"}"
    return invocation("POST", path, body=body.decode())


_EVENT = "/v1/events/"


def invocation(
    method: str, path: str, *, query: dict[str, str] | None = None, body: str | None = None
) -> Event:
    """Return the invocation that API Gateway makes for a request with the workspace's key."""
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Authorization": f"Bearer {SECRET}",
        "Content-Type": "application/json",
        "Host": "abcde12345.execute-api.eu-central-1.amazonaws.com",
        "User-Agent": "python-httpx/0.28.1",
        "X-Amzn-Trace-Id": "Root=1-6922f3a1-0f5b7f3e5d6c4b3a2f1e0d9c",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    resource, parameters = path, None
    if method == "GET" and path.startswith(_EVENT):
        resource, parameters = f"{_EVENT}{{event_id}}", {"event_id": path.removeprefix(_EVENT)}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {k: [v] for k, v in query.items()},
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {
            "extendedRequestId": "ExampleExtId0123=",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": time.time_ns() // 1_000_000,
            "identity": {"sourceIp": "203.0.113.7"},
            "path": f"/api{path}",
            "stage": "api",
        },
        "body": body,
        "isBase64Encoded": False,
    }


_seconds = itertools.count(int(time.time()))


def delivery(events: int, *, keyed: bool = False, skip: int = 0) -> Event:
    """Return an SQS invocation with new events of one workspace, 100 to a message."""
    received_at = next(_seconds) * SECOND
    records = []
    submitted = _stock(keyed)[skip : skip + events]
    for number, start in enumerate(range(0, events, BATCH)):
        accepted = [
            Accepted(
                uuid7(received_at // 1_000, os.urandom(UUID_ENTROPY_BYTES)),
                received_at,
                msgspec.Raw(fields),
            )
            for fields in submitted[start : start + BATCH]
        ]
        for body, _ in encode(WORKSPACE, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", accepted):
            attributes = {
                "MessageGroupId": WORKSPACE,
                "ApproximateReceiveCount": "1",
                "SentTimestamp": str(received_at // 1_000),
            }
            records.append({"messageId": f"m-{number}", "body": body, "attributes": attributes})
    return {"Records": records}


def cases(ingest: Handler, writer: Handler) -> dict[str, Case]:
    """Return the timed cases of the handlers. A unit is an event."""
    batch, keyed = partial(request, BATCH), partial(request, BATCH, keyed=True)
    timed: dict[str, Case] = {}
    for size, count in INGEST_SIZES.items():
        timed[f"ingest {size}"] = _case(ingest, size, count, partial(request, size))
    body = batch()["body"]
    timed["ingest body"] = unprepared(BATCH * 10, partial(_read_bodies, body, 10))
    timed["ingest keyed"] = _case(ingest, BATCH, 10, keyed)
    timed["ingest http"] = _case(ingest, BATCH, 10, batch, constant_http)
    timed["ingest http keyed"] = _case(ingest, BATCH, 10, keyed, constant_http)
    timed["ingest http 1"] = _case(ingest, 1, 60, partial(request, 1, single=True), constant_http)
    for size, count in WRITER_SIZES.items():
        timed[f"writer {size}"] = _case(writer, size, count, partial(delivery, size))
    timed["writer http"] = _case(writer, BATCH, 10, partial(delivery, BATCH), constant_http)
    return timed


def _read_bodies(body: str, count: int) -> None:
    for _ in range(count):
        parse_json(plain_body(body, {}, is_base64=False))


def _case(
    handler: Handler,
    size: int,
    count: int,
    make: Callable[[], Event],
    stub: Callable[[], AbstractContextManager[object]] = constant_answers,
) -> Case:
    def prepare() -> Callable[[], object]:
        invocations, context = [make() for _ in range(count)], Context()

        def run() -> None:
            with stub():
                for invocation in invocations:
                    handler(invocation, context)

        return run

    return Case(size * count, prepare)
