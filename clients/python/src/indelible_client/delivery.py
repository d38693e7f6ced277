"""One batch, sent until its answer is final."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, Callable, Optional

from .batches import Batch
from .sending import Answered, NotAnswered, Receipt, Refused, Sender

_log = logging.getLogger("indelible_client")

_FIRST_SECONDS = 0.2
_LAST_SECONDS = 60.0
_LONG_ATTEMPTS = 7  # about ten seconds: an outage, and no longer a hiccup
_HELD_SECONDS = 30.0
_MAX_RETRY_AFTER = 3600.0

OnRefused = Callable[["dict[str, Any]", "tuple[dict[str, Any], ...]"], None]
"""Gets a refused event and its errors, each with `field` and `message`."""


@dataclass(frozen=True)
class Held:
    """Events are kept and not accepted, until somebody changes the cause."""

    code: str
    message: str


OnHeld = Callable[[Optional[Held]], None]
"""Gets the cause when events are held, and None when they flow again."""


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
        self._held: Held | None = None

    def deliver(self, batch: Batch) -> bool:
        """Send the same bytes under the same key until answered. False if stopped before."""
        attempt = 0
        while True:
            answer = self._sender.send(batch.body, batch.key, len(batch.events))
            if isinstance(answer, Refused) and not answer.is_final:
                self.hold(Held(answer.code, answer.message))
                seconds = _HELD_SECONDS * (1 + self._random())
            elif isinstance(answer, NotAnswered) or _has_failed(answer):
                seconds = self._back_off(attempt, answer)
                attempt += 1
                if attempt == _LONG_ATTEMPTS:
                    reason = answer.reason if isinstance(answer, NotAnswered) else "failed"
                    self.hold(Held(reason, "The service does not accept events; trying on."))
            else:
                self.hold(None)
                self._report(batch, answer)
                return True
            if self._pause(seconds):
                return False

    def hold(self, held: Held | None) -> None:
        """Report when events begin to be held, for whatever new cause, and when that ends."""
        if (held and held.code) == (self._held and self._held.code):
            return
        self._held = held
        if held is not None:
            _log.error("events are kept, not sent: %s: %s", held.code, held.message)
        else:
            _log.info("events are sent again")
        if self._on_held is not None:
            _call(self._on_held, held)

    def _back_off(self, attempt: int, answer: object) -> float:
        longest = min(_LAST_SECONDS, _FIRST_SECONDS * 2.0 ** min(attempt, 20))
        after = answer.retry_after if isinstance(answer, NotAnswered) else None
        return min(after or 0.0, _MAX_RETRY_AFTER) + longest * self._random()

    def _report(self, batch: Batch, answer: object) -> None:
        """Hand the events that are refused for good to the caller. The log has no content."""
        receipts: tuple[Receipt, ...] = ()
        if isinstance(answer, Answered):
            receipts = answer.receipts
        elif isinstance(answer, Refused):
            error = {"field": "", "message": f"{answer.code}: {answer.message}"}
            receipts = answer.receipts or (Receipt("invalid", errors=(error,)),) * len(batch.events)
        refused = [pair for pair in zip(batch.events, receipts) if pair[1].status == "invalid"]
        if refused:
            _log.error("%d events of %d were refused as invalid", len(refused), len(batch.events))
        for event, receipt in refused:
            if self._on_refused is not None:
                _call(self._on_refused, json.loads(event), receipt.errors)


def _has_failed(answer: object) -> bool:
    return isinstance(answer, Answered) and any(r.status == "failed" for r in answer.receipts)


def _call(callback: Callable[..., None], *arguments: object) -> None:
    """Call into the application. Its error must not stop the sending, and may hold content."""
    try:
        callback(*arguments)
    except Exception as error:  # noqa: BLE001
        _log.error("a callback of the recorder raised %s", type(error).__name__)
