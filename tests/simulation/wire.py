"""The wire: the adapters' substitute for a client of AWS, and the faults on it.

A call is retried as often as botocore's standard mode retries it, with the same token; test_wire.py
compares both. Each attempt may meet a fault.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 (botocore's, which is what its retries look for)
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)

from .batches import REFUSALS, Reply, Spoil, leave_unprocessed, spoil_some
from .refusals import refusal
from .sites import site_of
from .versions import as_written
from .weather import Fault

if TYPE_CHECKING:
    from .stage import Stage
    from .world import World

TRIES = 3
CONNECT_TIMEOUT_SECONDS, TIMEOUT_SECONDS = 1.0, 3.0
_LATENESS_SECONDS = (TIMEOUT_SECONDS, 10.0, 200.0)
"""Before the next attempt, between attempts, or long after the invocation ended."""

_LONGEST_FREEZE_SECONDS = 400.0
_SERVER_ERROR = 500
_THROTTLES = ("ThrottlingException", "ProvisionedThroughputExceededException")


class Patience(NamedTuple):
    """How often a client tries, and how long it waits for a reply."""

    tries: int
    timeout_seconds: float


STANDARD = Patience(TRIES, TIMEOUT_SECONDS)
SINGLE_TRY = Patience(1, 1.0)
"""The settings of `indelible.aws.clients`."""


class Wire:
    """A client of one service's double."""

    def __init__(self, stage: Stage, service: str, patience: Patience = STANDARD) -> None:
        self._stage = stage
        self._service = service
        self._patience = patience

    def __getattr__(self, operation: str) -> Callable[..., Reply]:
        """A call that knows its call site in the adapters."""
        site = site_of(sys._getframe(1).f_code.co_qualname, operation)

        def call(**request: Any) -> Reply:
            world = self._stage.world
            double = getattr(world, self._service)
            written = as_written(world, site, request)
            return _Call(world, double, site, operation, written, self._patience).run()

        return call


def is_retried(error: Exception) -> bool:
    """Whether botocore's standard mode retries after this."""
    if not isinstance(error, ClientError):
        return isinstance(error, (ConnectionError, HTTPClientError))
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return error.response["Error"]["Code"] in _THROTTLES or status >= _SERVER_ERROR


def _workspace_of(request: Reply) -> str:
    """The workspace whose chain, other item or message a request concerns, if it is only one."""
    if origin := request.get("MessageAttributes", {}).get("workspace_id"):
        return str(origin["StringValue"])
    values = request.get("ExpressionAttributeValues", {})
    item = request.get("Item") or request.get("Key") or {}
    partition = values.get(":chain") or item.get("pk") or {"S": ""}
    name: str = request.get("MessageGroupId") or partition["S"].partition("#")[2]
    return name


class _Call:
    def __init__(
        self,
        world: World,
        double: Any,
        site: str,
        operation: str,
        request: Reply,
        patience: Patience,
    ) -> None:
        self._world = world
        self._double = double
        self._site = site
        self._operation = operation
        self._request = request
        self._patience = patience

    def run(self) -> Reply:
        """Try until there is a reply that is no reason to retry."""
        for number in range(1, self._patience.tries + 1):
            try:
                reply = self._try()
            except (ClientError, BotoCoreError) as error:
                if number == self._patience.tries or not is_retried(error):
                    raise
            else:
                self._world.note_answer(self._operation, self._request)
                return reply
            self._world.pause(self._world.random.uniform(0, 2.0 ** (number - 1)))
        raise AssertionError("the last try returns or raises")

    def _try(self) -> Reply:
        self._world.pause(self._world.random.uniform(0.001, 0.02))
        fault = self._world.meet(self._site, _workspace_of(self._request))
        return _FAULTS[fault](self) if fault else self._take_effect()

    def _take_effect(self) -> Reply:
        self._world.acting = self._world.invocation
        reply: Reply = getattr(self._double, self._operation)(**self._request)
        return reply

    def _take_effect_unheard(self) -> None:
        with suppress(ClientError):
            self._take_effect()

    def _crash_before(self) -> Reply:
        self._world.crash()

    def _crash_after(self) -> Reply:
        self._take_effect_unheard()
        self._world.crash()

    def _lose_request(self) -> Reply:
        self._world.pause(CONNECT_TIMEOUT_SECONDS)
        raise ConnectTimeoutError(endpoint_url="https://example.com")

    def _lose_reply(self) -> Reply:
        self._take_effect_unheard()
        if self._world.random.random() < 0.5:
            raise refusal(self._operation, "InternalServerError")
        self._world.pause(self._patience.timeout_seconds)
        raise ReadTimeoutError(endpoint_url="https://example.com")

    def _come_late(self) -> Reply:
        """The request takes effect after the caller has given up, whatever became of the caller."""
        world, invocation = self._world, self._world.invocation

        def arrive() -> None:
            world.acting = invocation
            with suppress(ClientError):
                getattr(self._double, self._operation)(**self._request)

        longest = world.random.choice(_LATENESS_SECONDS)
        world.loop.call_after(world.random.uniform(0, longest), arrive)
        world.pause(self._patience.timeout_seconds)
        raise ReadTimeoutError(endpoint_url="https://example.com")

    def _throttle(self) -> Reply:
        raise refusal(self._operation, self._world.random.choice(_THROTTLES))

    def _fail(self) -> Reply:
        raise refusal(self._operation, "InternalServerError")

    def _delay_request(self) -> Reply:
        self._world.pause(self._world.random.uniform(0, self._patience.timeout_seconds))
        return self._take_effect()

    def _delay_reply(self) -> Reply:
        try:
            return self._take_effect()
        finally:
            self._world.pause(self._world.random.uniform(0, self._patience.timeout_seconds))

    def _freeze(self) -> Reply:
        """The caller freezes, and continues when others have long taken over."""
        seconds = self._world.random.uniform(0, _LONGEST_FREEZE_SECONDS)
        if self._world.random.random() < 0.5:
            self._world.freeze(seconds)
            return self._take_effect()
        try:
            return self._take_effect()
        finally:
            self._world.freeze(seconds)

    def _refuse_some(self) -> Reply:
        """Some of the statements, maybe all, have no effect."""
        return self._spoil_some(lambda: (self._world.random.choice(REFUSALS), False))

    def _fail_some(self) -> Reply:
        """Some of the statements, maybe all, have an effect or not; the caller cannot know."""
        return self._spoil_some(lambda: ("InternalServerError", self._world.random.random() < 0.5))

    def _spoil_some(self, spoil: Spoil) -> Reply:
        return spoil_some(self._world, self._double, self._request["Statements"], spoil)

    def _leave_unprocessed(self) -> Reply:
        return leave_unprocessed(self._world, self._double, self._request["RequestItems"])


_FAULTS: dict[Fault, Callable[[_Call], Reply]] = {
    Fault.CRASH_BEFORE: _Call._crash_before,
    Fault.CRASH_AFTER: _Call._crash_after,
    Fault.REQUEST_LOST: _Call._lose_request,
    Fault.REPLY_LOST: _Call._lose_reply,
    Fault.LATE: _Call._come_late,
    Fault.THROTTLED: _Call._throttle,
    Fault.SERVER_ERROR: _Call._fail,
    Fault.SLOW_REQUEST: _Call._delay_request,
    Fault.SLOW_REPLY: _Call._delay_reply,
    Fault.FROZEN: _Call._freeze,
    Fault.PARTLY_REFUSED: _Call._refuse_some,
    Fault.PARTLY_FAILED: _Call._fail_some,
    Fault.UNPROCESSED: _Call._leave_unprocessed,
}
