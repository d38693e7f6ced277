"""Exports, their queue and their files in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import md5

from indelible.errors import Conflict, Unavailable
from indelible.exporting.job import Export
from indelible.exporting.ports import ExportPage

from support.port_faults import Faults


@dataclass
class MemoryExports:
    """`exporting.ports.Exports`."""

    faults: Faults = field(default_factory=Faults)
    stored: dict[tuple[str, str], Export] = field(default_factory=dict)
    places: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

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

    def page(
        self, workspace_id: str, ids: tuple[str, str], after: str | None, most: int
    ) -> ExportPage:
        """Some exports, newest first."""
        done = self.faults.entered("page")
        first, last = ids
        found = sorted(
            (
                replace(each, progress=None)
                for (owner, _), each in self.stored.items()
                if owner == workspace_id
                and first <= each.id <= last
                and (after is None or each.id < after)
            ),
            key=lambda each: each.id,
            reverse=True,
        )
        done()
        following = found[most - 1].id if len(found) >= most else None
        return ExportPage(tuple(found[:most]), following)

    def save(self, export: Export, replacing: Export) -> None:
        """Keep the export unless it has changed."""
        done = self.faults.entered("save")
        place = export.workspace_id, export.id
        stored = self.stored.get(place)
        if not stored or stored.revision not in (replacing.revision, export.revision):
            raise Conflict("changed meanwhile")
        self.stored[place] = export
        done()

    def take_place(
        self,
        workspace_id: str,
        export_id: str,
        most: int,
        forced_filters: Mapping[str, str] | None = None,
    ) -> frozenset[str]:
        """Give the export a place if one is free."""
        done = self.faults.entered("take_place")
        holders = self.places[workspace_id, repr(forced_filters)]
        if len(holders) < most:
            holders.add(export_id)
        done()
        return frozenset() if export_id in holders else frozenset(holders)

    def free_places(
        self,
        workspace_id: str,
        export_ids: Collection[str],
        forced_filters: Mapping[str, str] | None = None,
    ) -> None:
        """Free the places of these exports."""
        done = self.faults.entered("free_places")
        self.places[workspace_id, repr(forced_filters)] -= set(export_ids)
        done()


@dataclass
class MemoryExportQueue:
    """`exporting.ports.ExportQueue`."""

    faults: Faults = field(default_factory=Faults)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, workspace_id: str, export_id: str) -> None:
        """Keep the ids of an export."""
        done = self.faults.entered("send")
        self.sent.append((workspace_id, export_id))
        done()


@dataclass
class MemoryFiles:
    """`exporting.ports.Files`, as strict as S3 on small parts, wrong tags and ended uploads.

    Every part of an upload but the last has at least `smallest_part` bytes.
    """

    faults: Faults = field(default_factory=Faults)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    smallest_part: int = 5 * 1024 * 1024
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
        """Make the file of these parts."""
        done = self.faults.entered("complete")
        if upload_id not in self.uploads and len(self.files.get(name, b"")) == size:
            return done()
        bodies = [self._parts(upload_id)[number] for number in range(1, len(parts) + 1)]
        if [_tag(body) for body in bodies] != list(parts):
            raise Unavailable("a part is not the one that was uploaded")
        assert all(len(body) >= self.smallest_part for body in bodies[:-1])
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
        if name not in self.files:
            raise Unavailable("there is no such file")
        done()
        return self.files[name]

    def _parts(self, upload_id: str) -> dict[int, bytes]:
        if upload_id not in self.uploads:
            raise Unavailable("there is no such upload")
        return self.uploads[upload_id]


def _tag(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()
