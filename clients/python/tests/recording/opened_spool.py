"""A spool as the tests open and empty it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from indelible_client.recording.spool import Spool

MB = 1024 * 1024


def open_spool(path: Path, max_bytes: int = 64 * MB, **options: Any) -> Spool:
    return Spool(path / "events.spool", max_bytes, **options)


def drain(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    while (batch := spool.open_batch()) is not None:
        found += batch.events
        spool.remove(batch)
    return found
