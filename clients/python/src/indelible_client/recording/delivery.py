"""One batch, sent until its answer is final for each of its events."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any, Callable, Optional, Protocol

from ..errors import (
    IdempotencyConflict,
    IndelibleError,
    Invalid,
    NotIndelible,
    PartlyQueued,
    ServiceFailed,
    Timeout,
)
from ..retries import MAYBE_DONE, NOTHING_DONE
from ..types import BatchReceipts, FieldError, Receipt
from .batches import Batch

_log = logging.getLogger("indelible_client")

_FIRST_SECONDS = 0.2
_LAST_SECONDS = 60.0
_LONG_SECONDS = 10.0  # from here on, it is an outage and no longer a hiccup
_HELD_SECONDS = 30.0
_MAX_RETRY_AFTER = 3600.0

_PASSING = (*NOTHING_DONE, *MAYBE_DONE, ServiceFailed)
_FINAL = {"queued", "duplicate", "invalid"}

OnRefused = Callable[["dict[str, Any]", "list[FieldError]"], None]
"""Gets a refused event and what is wrong with it."""

OnHeld = Callable[[Optional[IndelibleError]], None]
"""Gets the error that keeps events from being sent, and None when they flow again."""


class Sender(Protocol):
    """A client that sends each call once."""

    def track_lines(self, lines: bytes, *, idempotency_key: str) -> BatchReceipts: ...


class Delivery:
    """Sends batches. `pause` waits for seconds and returns True if the sending is to stop."""

    def __init__(
        self,
        sender: Sender,
        pause: Callable[[float], bool],
        random: Callable[[], float],
        on_refused: OnRefused | None,
        on_held: OnHeld | None,
    ) -> None:
        self._sender = sender
        self._pause = pause
        self._random = random
        self._on_refused = on_refused
        self._on_held = on_held
        self._held: IndelibleError | None = None

    def deliver(self, batch: Batch) -> bool:
        """Send the same bytes under the same key until answered. False if stopped before."""
        failed, waited, is_long = 0, 0.0, False
        while True:
            try:
                receipts = _send(self._sender, batch)
            except _PASSING as error:
                seconds = self._back_off(failed, error.retry_after)
                failed += 1
                waited += seconds
                # The time limit of a request is long enough itself.
                if not is_long and (waited >= _LONG_SECONDS or isinstance(error, Timeout)):
                    is_long = True
                    self.hold(error)
            except IndelibleError as error:
                self.hold(error)
                seconds = _HELD_SECONDS * (1 + self._random())
            else:
                self.hold(None)
                self._report(batch, receipts)
                return True
            if self._pause(seconds):
                return False

    def hold(self, error: IndelibleError | None) -> None:
        """Report when events begin to be held, for whatever new cause, and when that ends."""
        if _cause(error) == _cause(self._held):
            return
        self._held = error
        if error is not None:
            _write(logging.ERROR, "events are kept, not sent: %s", error.code or error.message)
        else:
            _write(logging.INFO, "events are sent again")
        if self._on_held is not None:
            _call(self._on_held, error)

    def _back_off(self, failed: int, after: float | None) -> float:
        longest = min(_LAST_SECONDS, _FIRST_SECONDS * 2.0 ** min(failed, 20))
        return min(after or 0.0, _MAX_RETRY_AFTER) + longest * self._random()

    def _report(self, batch: Batch, receipts: list[Receipt]) -> None:
        """Hand the events that are refused for good to the caller. The log has no content."""
        refused = [pair for pair in zip(batch.events, receipts) if pair[1]["status"] == "invalid"]
        if refused:
            counts = len(refused), len(batch.events)
            _write(logging.ERROR, "%d events of %d were refused as invalid", *counts)
        for event, receipt in refused:
            if self._on_refused is not None:
                _call(self._on_refused, json.loads(event), receipt.get("errors", []))


def _send(sender: Sender, batch: Batch) -> list[Receipt]:
    """Send once and return a final receipt for each event, in order.

    Raises the IndelibleError of any other answer. Without its receipt, an event is not answered.
    """
    try:
        receipts = sender.track_lines(batch.lines, idempotency_key=batch.key)["events"]
    except Invalid as error:
        if not error.events:
            raise
        receipts = error.events
    except IdempotencyConflict as error:
        # Keys are random, so nothing else has this one. Sending it again would not help.
        receipts = error.events or [_refusal(error)] * len(batch.events)
    if len(receipts) != len(batch.events):
        found, sent = len(receipts), len(batch.events)
        raise NotIndelible(f"The answer has {found} receipts for {sent} events.")
    if any(receipt["status"] not in _FINAL for receipt in receipts):
        raise PartlyQueued("Some events could not be queued.")
    return receipts


def _refusal(error: IndelibleError) -> Receipt:
    message = f"{error.code}: {error.message}"
    return {"id": None, "status": "invalid", "errors": [{"field": "", "message": message}]}


def _cause(error: IndelibleError | None) -> tuple[object, str | None]:
    """What tells one cause from another."""
    return type(error), error.code if error else None


def _call(callback: Callable[..., None], *arguments: object) -> None:
    """Call into the application. Its error must not stop the sending, and may hold content."""
    try:
        callback(*arguments)
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001
        _write(logging.ERROR, "a callback of the recorder raised %s", type(error).__name__)


def _write(level: int, text: str, *values: object) -> None:
    """Write a line of the log. A handler of the application that raises must not stop the sending.

    Handlers that send lines elsewhere fail in the same outages.
    """
    try:
        _log.log(level, text, *values)
    except Exception as error:  # noqa: BLE001
        print(f"indelible_client: a log handler raised {type(error).__name__}", file=sys.stderr)
