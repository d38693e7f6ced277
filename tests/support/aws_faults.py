"""Faults of AWS calls, injected through botocore's event hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError

TIMEOUT = "timeout"
"""An answer for `answering` that means no reply at all."""

Hook = Callable[..., Any]


@contextmanager
def hooked(client: Any, event: str, hook: Hook) -> Iterator[None]:
    """Call the hook at this event of the client."""
    client.meta.events.register_first(event, hook)
    try:
        yield
    finally:
        client.meta.events.unregister(event, hook)


def event_name(when: str, client: Any, operation: str) -> str:
    """botocore's name of the event `before-call` or `after-call` of an operation."""
    service = client.meta.service_model.service_id.hyphenize()
    return f"{when}.{service}.{operation}"


def refusal(code: str, **details: Any) -> tuple[AWSResponse, dict[str, Any]]:
    """The return value with which a hook before a call answers it with this error."""
    status = 500 if code == "InternalServerError" else 400
    answer = AWSResponse("https://example.com", status, HTTPHeaders(), None)
    error = {"Code": code, "Message": code}
    return answer, {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}, **details}


@contextmanager
def counting(*clients: Any) -> Iterator[list[str]]:
    """The names of the calls that the clients make."""
    made: list[str] = []

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    with ExitStack() as hooks:
        for client in clients:
            service = client.meta.service_model.service_id.hyphenize()
            hooks.enter_context(hooked(client, f"before-call.{service}", note))
        yield made


@contextmanager
def before(client: Any, operation: str, act: Callable[[], object]) -> Iterator[None]:
    """Call `act` just before the first call of this operation."""
    waiting = [act]

    def once(**_: Any) -> None:
        if waiting:
            waiting.pop()()

    with hooked(client, event_name("before-call", client, operation), once):
        yield


@contextmanager
def answering(client: Any, operation: str, *answers: str | None) -> Iterator[list[str | None]]:
    """Answer the next calls of an operation with these error codes; the calls have no effect.

    TIMEOUT stands for no answer, None lets a call through. Yields the answers that are left.
    """
    to_come = list(answers)

    def answer(**_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        code = to_come.pop(0) if to_come else None
        if code is None:
            return None
        if code == TIMEOUT:
            raise ReadTimeoutError(endpoint_url="https://example.com")
        return refusal(code)

    with hooked(client, event_name("before-call", client, operation), answer):
        yield to_come


@contextmanager
def losing_replies(client: Any, operation: str, times: int = 1) -> Iterator[None]:
    """Lose the replies of the next calls, which do take effect."""
    left = times

    def lose(**_: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            raise ReadTimeoutError(endpoint_url="https://example.com")

    with hooked(client, event_name("after-call", client, operation), lose):
        yield


@contextmanager
def losing_attempts(client: Any, *lost: bool) -> Iterator[None]:
    """Lose the replies of these attempts, which do take effect; botocore's retries see the loss.

    Each item is an attempt of any operation, in order. Retries do not wait.
    """
    to_come, answer = list(lost), client._endpoint._do_get_response

    def answer_or_lose(*arguments: Any) -> Any:
        answered = answer(*arguments)
        if to_come and to_come.pop(0):
            return None, ReadTimeoutError(endpoint_url="https://example.com")
        return answered

    with (
        patch.object(client._endpoint, "_do_get_response", answer_or_lose),
        patch("botocore.endpoint.time.sleep"),
    ):
        yield


@contextmanager
def changing_replies(
    client: Any, operation: str, change: Callable[[dict[str, Any]], None]
) -> Iterator[None]:
    """Change the answer of the next call."""
    waiting = [change]

    def once(parsed: dict[str, Any], **_: Any) -> None:
        if waiting:
            waiting.pop()(parsed)

    with hooked(client, event_name("after-call", client, operation), once):
        yield
