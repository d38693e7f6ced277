"""Measures the memory of a writer's process after many small and large deliveries.

Run `python -m bench.resident`. It needs Linux.
"""

from __future__ import annotations

import sys

from .aws import constant_http, set_environment
from .handlers import Context, delivery, load, quiet
from .process import resident

_PHASES = ((1, 3_000), (100, 3_000), (1_000, 1_500), (1, 3_000))
"""Events per delivery, and number of deliveries."""

_LOOKS = 3
"""Measurements per phase."""


def main() -> None:
    """Print the resident memory during the deliveries."""
    set_environment()
    with quiet(), constant_http():
        handler = load("writer")
        for events, count in _PHASES:
            for number in range(1, count + 1):
                handler(delivery(events), Context())
                if number % (count // _LOOKS) == 0:
                    print(
                        f"{number:6,} deliveries of {events:5,} events: {resident():5.1f} MB",
                        file=sys.stderr,
                    )


if __name__ == "__main__":
    main()
