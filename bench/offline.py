"""Times writing an export file and verifying it offline, against plain SHA-256."""

from __future__ import annotations

import io
from functools import cache
from hashlib import sha256

from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment, read_records
from indelible.export_file.lines import record_lines
from indelible.export_file.manifest import Manifest, gzip_member
from indelible.export_file.reader import ExportReader
from indelible.verifying.export_file import verify_file

from .aws import WORKSPACE
from .figures import Figure
from .rounds import Case, Timing, unprepared
from .verifying import EVENTS, segments

SHARE_TARGET = 0.22
"""Share of the events per second that plain SHA-256 of the same bytes reaches in this run."""

_PER_SEGMENT = 1_000


@cache
def whole_segments() -> list[Segment]:
    """Return a chain of EVENTS typical events in segments of the largest size."""
    return [*segments(EVENTS, _PER_SEGMENT)]


def export() -> bytes:
    """Return the export file of the same chain."""
    chain = whole_segments()
    manifest = Manifest(WORKSPACE, 1, EMPTY.event_hash, chain[-1].head)
    plain = [manifest.as_line(), *(record_lines(each, 1, EVENTS).text for each in chain)]
    return gzip_member(b"".join(plain))


def cases() -> dict[str, Case]:
    """Return the timed cases. A unit is an event."""
    file = export()
    inputs = [each for part in whole_segments() for each in _hashed(part)]

    def verify() -> None:
        reader = ExportReader(io.BytesIO(file))
        if any(step.breaks for step in verify_file(reader)):
            raise ValueError("the bench's own export does not verify")

    def hash_alone() -> None:
        for each in inputs:
            sha256(each).digest()

    return {
        "export": unprepared(EVENTS, export),
        "offline": unprepared(EVENTS, verify),
        "offline sha": unprepared(EVENTS, hash_alone),
    }


def _hashed(segment: Segment) -> list[bytes]:
    """Return the inputs of SHA-256 for a segment: each record, and 65 bytes for each link."""
    records = read_records(segment)
    return [*(b"\x00" + each for each in records), *(bytes(65) for _ in records)]


def figures(timings: dict[str, Timing]) -> list[Figure]:
    """Return events per second, and their share of the rate of plain SHA-256."""
    group = "export files, on one core"
    written, offline, plain = (timings[name] for name in ("export", "offline", "offline sha"))
    return [
        _per_second(group, "writing", written),
        _per_second(group, "verifying offline", offline),
        _per_second(group, "  plain SHA-256", plain),
        Figure(
            group,
            "  share of plain SHA-256",
            "of events/s",
            plain.median / offline.median,
            plain.best / offline.best,
            target=SHARE_TARGET,
            more_is_better=True,
        ),
    ]


def _per_second(group: str, name: str, timing: Timing) -> Figure:
    return Figure(group, name, "events/s", 1 / timing.median, 1 / timing.best, more_is_better=True)
