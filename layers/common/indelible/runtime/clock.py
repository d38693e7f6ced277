"""The clock. The core has none: functions and commands pass the time in."""

from __future__ import annotations

import time


def now() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1_000
