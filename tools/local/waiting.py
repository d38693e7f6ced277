"""Waiting for something to happen in the local stack."""

import time
from collections.abc import Callable
from typing import TypeVar

from tools.local.failure import LocalStackError

Value = TypeVar("Value")

PATIENCE_SECONDS = 180
"""A message whose delivery fails comes again after 120 seconds (VisibilityTimeout in the template).
"""


def wait_until(
    what: str, condition: Callable[[], Value | None], seconds: float = PATIENCE_SECONDS
) -> Value:
    """Wait until the condition returns a true value, and return it.

    Raises LocalStackError after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.2)
    raise LocalStackError(
        f"After {seconds} s this is not yet so: {what}. See .local/ministack.log."
    )
