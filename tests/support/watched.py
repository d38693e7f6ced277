"""A deployment with a watcher: its doubles in memory, and invocations every five minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.checkpoints.watched import Finding, Watched
from indelible.errors import Contradiction
from indelible.index.extend import extend
from indelible.index.levels import Geometry, Level
from indelible.watching.pace import INTERVAL
from indelible.watching.ports import KeyVersions, VersionPage
from indelible.watching.position import Position, read_position
from indelible.watching.services import Services
from indelible.watching.watch import Report, watch
from indelible.writing.build_segment import build_segment

from support.anchors import MemoryAnchors
from support.builders import a_queued_event, counted_entropy
from support.deployment import MINUTE, Deployment, always
from support.memory_index import MemoryIndex
from support.memory_log import MemoryBucket
from support.port_faults import Faults

SPAN, WIDE_SPAN = 256, 1_024
MEDIUM = Geometry(narrow=Level(0, SPAN, 1), wide=Level(1, WIDE_SPAN, 2))
"""An index of few pages."""

SCRUB_DAYS = 1
"""So that a round has 259 invocations."""


@dataclass
class WatchedBucket(MemoryBucket):
    """`watching.ports.VersionedBucket`: some keys have more versions, or a delete marker."""

    more: dict[str, int] = field(default_factory=dict)
    markers: set[str] = field(default_factory=set)
    page: int = 50

    def read(self, key: str) -> bytes | None:
        """The object. One behind a marker cannot be read."""
        self._check(key)
        return super().read(key)

    def read_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The objects that exist."""
        for key in keys:
            self._check(key)
        return super().read_many(keys)

    def _check(self, key: str) -> None:
        if key in self.markers:
            raise Contradiction(f"Somebody put a delete marker on {key}.")

    def versions(self, prefix: str, after: str) -> VersionPage:
        """Fifty keys a page."""
        done = self.faults.entered("bucket.versions")
        keys = sorted({*self.objects, *self.markers})
        keys = [each for each in keys if each.startswith(prefix) and each > after]
        made = [KeyVersions(key, 1 + self.more.get(key, 0), key in self.markers) for key in keys]
        done()
        page = made[: self.page]
        return VersionPage(page, page[-1].key if len(made) > len(page) else None)

    def keys(self, prefix: str) -> list[str]:
        """The keys with this prefix."""
        self.faults.entered("bucket.keys")()
        return sorted(each for each in self.objects if each.startswith(prefix))


@dataclass
class MemoryPositions:
    """`watching.ports.Positions`."""

    faults: Faults = field(default_factory=Faults)
    content: bytes | None = None

    def read(self) -> bytes | None:
        """The position."""
        done = self.faults.entered("positions.read")
        found = self.content
        done()
        return found

    def write(self, content: bytes) -> None:
        """Keep the position."""
        done = self.faults.entered("positions.write")
        self.content = content
        done()


@dataclass
class MemoryVerdicts:
    """`watching.ports.Verdicts`. `puts` has every put, in order."""

    faults: Faults = field(default_factory=Faults)
    known: dict[str, Watched] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    def put(self, workspace_id: str, watched: Watched) -> None:
        """Keep what is known."""
        done = self.faults.entered("verdicts.put")
        self.known[workspace_id] = watched
        self.puts.append(workspace_id)
        done()


@dataclass
class ListedIds:
    """`watching.ports.ListedWorkspaces`."""

    faults: Faults = field(default_factory=Faults)
    listed: set[str] = field(default_factory=set)

    def ids(self) -> list[str]:
        """The ids."""
        done = self.faults.entered("workspaces.ids")
        found = sorted(self.listed)
        done()
        return found


@dataclass
class SentNotes:
    """`watching.ports.SentNotes`, into the queue of the deployment."""

    deployment: Deployment
    faults: Faults = field(default_factory=Faults)

    def send(self, note: bytes) -> None:
        """Send a note."""
        done = self.faults.entered("notes.send")
        self.deployment.notes.send(note)
        done()


@dataclass
class Watching:
    """A deployment, its index, and a watcher. All ports count their calls in `faults`."""

    faults: Faults = field(default_factory=Faults)
    bucket: WatchedBucket = field(default_factory=WatchedBucket)
    index: MemoryIndex = field(default_factory=lambda: MemoryIndex(geometry=MEDIUM))
    positions: MemoryPositions = field(default_factory=MemoryPositions)
    verdicts: MemoryVerdicts = field(default_factory=MemoryVerdicts)
    listed: ListedIds = field(default_factory=ListedIds)
    anchors: MemoryAnchors = field(default_factory=MemoryAnchors)
    scrub_days: int = SCRUB_DAYS
    deployment: Deployment = field(init=False)

    def __post_init__(self) -> None:
        self.deployment = Deployment(bucket=self.bucket)

    def share_faults(self) -> None:
        """Let all ports of the watcher count their calls, and meet their faults, together."""
        for each in (
            self.bucket, self.index, self.positions, self.verdicts, self.listed,
            self.deployment.ledger, self.deployment.states, self.deployment.turns,
        ):  # fmt: skip
            each.faults = self.faults

    @property
    def services(self) -> Services:
        """What the watcher works with."""
        return Services(
            ledger=self.deployment.ledger,
            index=self.index,
            bucket=self.bucket,
            states=self.deployment.states,
            turns=self.deployment.turns,
            notes=SentNotes(self.deployment, self.faults),
            workspaces=self.listed,
            verdicts=self.verdicts,
            positions=self.positions,
            anchors=self.anchors,
            scrub_days=self.scrub_days,
        )

    def chain_on(
        self, workspace_id: str, *counts: int, at: int | None = None, is_noted: bool = True
    ) -> list[Segment]:
        """Append segments, whose events were received now, or at another time."""
        self.listed.listed.add(workspace_id)
        chain = self.deployment.ledger.chain(workspace_id)
        head, added = chain[-1].head if chain else EMPTY, list[Segment]()
        for count in counts:
            events = [
                a_queued_event(head.sequence + n, at or self.deployment.now, actor_id=workspace_id)
                for n in range(1, count + 1)
            ]
            added.append(build_segment(workspace_id, head, events, counted_entropy()))
            head = added[-1].head
        self.deployment.append(added)
        if is_noted:
            self.deployment.note(workspace_id, *(each.first_sequence for each in added))
        return added

    def grow(self, workspace_id: str, *counts: int) -> list[Segment]:
        """Append segments, and cover and index the chain."""
        added = self.chain_on(workspace_id, *counts)
        self.deployment.run()
        self.build_index(workspace_id)
        return added

    def build_index(self, workspace_id: str) -> list[int]:
        """Build all blocks that are complete."""
        chain = self.deployment.ledger.chain(workspace_id)
        last = chain[-1].last_sequence if chain else 0
        return [*extend(self.deployment.ledger, self.index, workspace_id, last, always)]

    def watch(self, after: int = INTERVAL, has_time: Callable[[], bool] = always) -> Report:
        """An invocation, five minutes after the last one. Covering runs in between."""
        self.deployment.run(after=after - MINUTE)
        self.deployment.now += MINUTE
        return watch(self.services, self.deployment.now, has_time)

    def watch_until_found(self, at_most: int) -> tuple[int, Report]:
        """Watch until something is found; returns in which invocation, and what."""
        for number in range(1, at_most + 1):
            report = self.watch()
            if report.found:
                return number, report
        raise AssertionError(f"{at_most} invocations have found nothing")

    def watch_round(self) -> list[Report]:
        """Watch until a round that begins now has ended."""
        reports = [self.watch()]
        began = self.position.round.began
        while not (self.position.round.is_done and self.position.round.began >= began):
            reports.append(self.watch())
        return reports

    @property
    def position(self) -> Position:
        """Where the watcher is."""
        assert self.positions.content is not None
        return read_position(self.positions.content)

    @property
    def findings(self) -> list[tuple[str, str, int]]:
        """The workspace, type and sequence of every finding, in order."""
        return sorted({_brief(each) for each in self.position.findings})


def _brief(finding: Finding) -> tuple[str, str, int]:
    return finding.workspace_id, finding.kind, finding.sequence
