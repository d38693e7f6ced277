"""The ingest handler against everything that a stranger can make API Gateway pass to it.

An input is an invocation as JSON. The handler is the real one; its services are in memory.
"""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stdout
from functools import cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

from indelible.accounts.keys import SCOPES, ApiKey, digest, prefix_of
from indelible.accounts.workspace import Policy
from indelible.ingest.submit import IngestServices
from indelible.message import decode
from support.builders import WORKSPACE, counted_entropy
from support.contract import validator
from support.handlers import LambdaContext, load
from support.memory import MemoryClaims, MemoryKeys, MemoryQueue, MemoryUsage

from .ingest_events import Answer, Event, check_numbers, check_repeated_names
from .mutations import MARK

SECRET = "imk_" + "EXAMPLE0" * 6

MOST_ANSWERED = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "fuzzing",
    "AWS_SECRET_ACCESS_KEY": "fuzzing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "TABLE_NAME": "none",
    "QUEUE_URL": "https://none.invalid",
    "POWERTOOLS_METRICS_NAMESPACE": "Indelible",
    "POWERTOOLS_TRACE_DISABLED": "1",
}
_CODES = {
    400: {"malformed_json"},
    401: {"unauthenticated"},
    403: {"forbidden"},
    404: {"not_found"},
    405: {"method_not_allowed"},
    413: {"payload_too_large"},
    422: {"validation_failed", "idempotency_conflict"},
    429: {"rate_limited", "quota_exceeded", "backlogged"},
}
_POSSIBLE = [*_CODES, 202]
_error, _receipt = (validator(f"/components/schemas/{name}") for name in ("Error", "Receipt"))


@cache
def ingest() -> ModuleType:
    """The function after a cold start, with the one key it knows."""
    with patch.dict(os.environ, _ENVIRONMENT):
        function = load("ingest")
    key = ApiKey(
        prefix_of(SECRET),
        WORKSPACE,
        digest(SECRET),
        "fuzzing",
        frozenset(SCOPES),
        0,
        None,
        Policy(),
    )
    function.keys = MemoryKeys({key.prefix: key})  # type: ignore[attr-defined]
    return function


def check(case: bytes) -> None:
    """Invoke the handler. AssertionError, or any escaped exception, names the broken promise."""
    function, queue, logged = ingest(), MemoryQueue(), io.StringIO()
    function.services = IngestServices(MemoryClaims(), MemoryUsage(), queue, counted_entropy())  # type: ignore[attr-defined]
    event = json.loads(case)
    with redirect_stdout(logged):
        answer = function.handler(event, LambdaContext())
        if is_repeatable := answer["statusCode"] == 202 and "Idempotency-Key" in _names_in(event):
            _check_answer(event, answer, queue)
            sent = ids_on(queue)
            again = function.handler(json.loads(case), LambdaContext())
    if is_repeatable:
        _check_repeat(answer, again, sent, ids_on(queue))
    else:
        _check_answer(event, answer, queue)
    check_repeated_names(event, answer)
    check_numbers(event, answer)
    _check_log(logged.getvalue())


def _check_answer(event: Event, answer: Answer, queue: MemoryQueue) -> None:
    assert len(json.dumps(answer)) < MOST_ANSWERED, "more than Lambda may answer"
    status = answer["statusCode"]
    assert status in _POSSIBLE, f"answered {status}"
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    if event["httpMethod"] == "HEAD":
        assert (status in (404, 405), answer["body"], queue.sent) == (True, "", [])
        return
    response = json.loads(answer["body"])
    if status != 202:
        _error.validate(response)
        assert response["error"] in _CODES[status]
        assert not queue.sent, "refused, and yet something is on the queue"
        return
    receipts = response.get("events", [response])
    for receipt in receipts:
        _receipt.validate(receipt)
    assert ids_on(queue) == [each["id"] for each in receipts if each["status"] == "queued"]


def ids_on(queue: MemoryQueue) -> list[str]:
    """The ids of the events on the queue, in order."""
    return [event.id for _, body in queue.sent for event in decode(body).events]


def _names_in(event: Event) -> list[str]:
    return [*(event.get("multiValueHeaders") or {})]


def _check_repeat(
    answer: dict[str, Any], again: dict[str, Any], sent: list[str], sent_in_all: list[str]
) -> None:
    """The same request under its key has the same receipts, and sends its events again."""
    assert sent_in_all == sent * 2
    assert again["statusCode"] == answer["statusCode"]
    first, second = json.loads(answer["body"]), json.loads(again["body"])
    assert second == (first if "events" in first else {**first, "status": "duplicate"})


def _check_log(logged: str) -> None:
    assert MARK not in logged, "content in the log"
    assert SECRET[20:] not in logged, "a key in the log"
    for line in logged.splitlines():
        assert isinstance(json.loads(line), dict), "a line of the log that is no object"
