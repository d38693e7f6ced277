"""What a writer's process holds after many deliveries: small ones, then the largest there are.

`python -m bench.resident`; Linux alone tells it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .aws import constant_http, set_environment
from .handlers import Context, delivery, load, quiet

_PHASES = ((1, 3_000), (100, 3_000), (1_000, 1_500), (1, 3_000))
"""Events a delivery, and deliveries."""

_LOOKS = 3
_PAGE_MEGABYTES = 4_096 / 1_048_576


def main() -> None:
    """Print the resident memory as the deliveries go by."""
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


def resident() -> float:
    """Of this process, in MB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_MEGABYTES


if __name__ == "__main__":
    main()
