"""The memory of this process."""

from __future__ import annotations

from pathlib import Path

_PAGE_MEGABYTES = 4_096 / 1_048_576


def resident() -> float:
    """Return the resident memory of this process in MB. It needs Linux."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_MEGABYTES
