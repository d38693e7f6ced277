"""Calls of `getimmutable`, the hosted API's client, to a stack that other tests keep busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from getimmutable.errors import ImmutableError

from tools.local.waiting import PATIENCE_SECONDS

IS_BUSY = {0, 429, 502, 503}
"""Statuses of a client's error while the emulator starts functions; 0 is its time limit."""


def answered(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """The answer to a call that may be repeated.

    The emulator may take longer to start a process than the client waits.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return call(*arguments, **options)
        except ImmutableError as error:
            if error.status_code not in IS_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.5)
