"""In-memory counterparts of what exporting needs, and a driver that works as the queue does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5

import pytest
from indelible.chain.segment import Segment
from indelible.errors import Conflict, Unavailable
from indelible.exporting import chunks as export_chunks
from indelible.exporting import steps
from indelible.exporting.job import Export, start
from indelible.exporting.steps import Exporter, work
from support.builders import NOON, WORKSPACE, counted_entropy
from support.memory_ledger import MemoryLedger
from support.port_faults import Faults

SMALL_PART, SMALL_CHUNK = 2_000, 6
"""Bytes and records: a chain of fifty events makes several of them."""


@contextmanager
def small_parts() -> Iterator[None]:
    """Parts and chunks so small that short chains have many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "PART_BYTES", SMALL_PART)
        patch.setattr(export_chunks, "CHUNK_RECORDS", SMALL_CHUNK)
        yield


@dataclass
class MemoryExports:
    """`exporting.job.Exports`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, str], Export] = field(default_factory=dict)

    def create(self, export: Export) -> None:
        """Keep a new export."""
        done = self.faults.entered("create")
        self.stored[export.workspace_id, export.id] = export
        done()

    def find(self, workspace_id: str, export_id: str) -> Export | None:
        """The export, if there is one."""
        done = self.faults.entered("find")
        found = self.stored.get((workspace_id, export_id))
        done()
        return found

    def save(self, export: Export, replacing: Export) -> None:
        """Keep the export unless it has changed."""
        done = self.faults.entered("save")
        place = export.workspace_id, export.id
        if self.stored[place].revision != replacing.revision:
            raise Conflict("changed meanwhile")
        self.stored[place] = export
        done()


@dataclass
class MemoryFiles:
    """`exporting.steps.Files`, as strict as S3 on small parts, wrong tags and ended uploads."""

    faults: Faults = field(default_factory=Faults)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    begun: int = 0

    def begin(self, name: str) -> str:
        """Begin an upload."""
        done = self.faults.entered("begin")
        self.begun += 1
        upload_id = f"{name} {self.begun}"
        self.uploads[upload_id] = {}
        done()
        return upload_id

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Take a part, over an earlier one."""
        done = self.faults.entered("upload_part")
        self._parts(upload_id)[number] = body
        done()
        return _tag(body)

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Make the file, if its parts are those that are meant."""
        done = self.faults.entered("complete")
        if upload_id not in self.uploads and len(self.files.get(name, b"")) == size:
            return done()
        bodies = [self._parts(upload_id)[number] for number in range(1, len(parts) + 1)]
        assert [_tag(body) for body in bodies] == list(parts)
        assert all(len(body) >= steps.PART_BYTES for body in bodies[:-1])
        del self.uploads[upload_id]
        self.files[name] = b"".join(bodies)
        assert len(self.files[name]) == size
        return done()

    def put(self, name: str, body: bytes) -> None:
        """Keep a small file; never over another."""
        done = self.faults.entered("put")
        assert name not in self.files
        self.files[name] = body
        done()

    def get(self, name: str) -> bytes:
        """A small file."""
        done = self.faults.entered("get")
        body = self.files[name]
        done()
        return body

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.uploads:
            raise Unavailable("there is no such upload")
        return self.uploads[upload_id]


def _tag(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()


class Workshop:
    """A chain, and an exporter whose every call is counted and can fail."""

    def __init__(self, chain: list[Segment]) -> None:
        self.faults = Faults()
        self.ledger = MemoryLedger(self.faults)
        self.ledger.load(chain)
        self.exports = MemoryExports(self.faults)
        self.files = MemoryFiles(self.faults)
        self.now = NOON
        self.entropy = counted_entropy()
        self.exporter = Exporter(
            self.ledger, self.exports, self.files, self.entropy, lambda: self.now
        )

    def start(self, asked: object = None) -> Export:
        """A new export."""
        export = start(self.exports, WORKSPACE, asked or {}, self.now, self.entropy)
        self.faults.calls.clear()
        return export

    def step(self, export: Export, chunks: int | None = None) -> Export | None:
        """One invocation, with time for so many chunks; None is all the time it needs."""
        return work(self.exporter, export.workspace_id, export.id, time_for(chunks))

    def finish(self, export: Export, chunks: int | None = None) -> Export:
        """Deliver the export until it is finished, however often a step fails."""
        for _ in range(500):
            try:
                self.step(export, chunks)
            except (Unavailable, Conflict):
                continue
            if self.state(export).is_finished:
                return self.state(export)
        raise AssertionError("the export never comes to an end")

    def before(self, call: str | int, act: Callable[[], object]) -> None:
        """Do something just before the first call of a method, or before the call of a number."""

        def interrupt(method: str) -> None:
            if call in (method, len(self.faults.calls)):
                self.faults.interrupt = None
                act()

        self.faults.interrupt = interrupt

    def state(self, export: Export) -> Export:
        """The export as it is kept; for assertions, it cannot fail."""
        return self.exports.stored[export.workspace_id, export.id]

    def file(self, export: Export) -> bytes:
        """The file as it is."""
        return self.files.files[export.file_name]


def time_for(chunks: int | None) -> Callable[[], bool]:
    """Whether there is time for more, after each chunk."""
    left = chunks

    def has_time() -> bool:
        nonlocal left
        if left is None:
            return True
        left -= 1
        return left > 0

    return has_time
