"""A deployment that covers its chains: its stores in memory, its chains, and runs on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from indelible.chain.hashes import EMPTY, Head, leaf_hash
from indelible.chain.segment import Segment, read_records
from indelible.checkpoints.object_keys import run_key
from indelible.checkpoints.published_run import PublishedRun, read_published_run
from indelible.checkpoints.state import State, decode_state
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.growth import encode_note
from indelible.covering.run import Report, run
from indelible.covering.services import Services
from indelible.writing.build_segment import build_segment

from support.audited import Audit, Truth
from support.builders import NOON, SECOND, a_queued_event, counted_entropy
from support.log_audit import audit
from support.memory_ledger import MemoryLedger
from support.memory_log import MemoryBucket, MemoryNotes, MemorySigner, MemoryStates, MemoryTurns
from support.memory_witness import MemoryWitness
from support.notes import LOG
from support.run_audit import audit_runs

ORIGIN = LOG.name
TABLE = "arn:aws:dynamodb:eu-central-1:111122223333:table/indelible"
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def always() -> bool:
    """There is time."""
    return True


@dataclass
class Deployment:
    """The stores. `now` is the time of the next run, in microseconds.

    `truths` has each workspace's epochs in order, as the audit reads them.
    """

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    states: MemoryStates = field(default_factory=MemoryStates)
    turns: MemoryTurns = field(default_factory=MemoryTurns)
    notes: MemoryNotes = field(default_factory=MemoryNotes)
    signers: list[MemorySigner] = field(default_factory=lambda: [MemorySigner()])
    witnesses: list[MemoryWitness] = field(default_factory=list)
    table_arn: str = TABLE
    truths: dict[str, list[Truth]] = field(default_factory=dict)
    now: int = NOON

    @property
    def services(self) -> Services:
        """What a new process works with."""
        return Services(
            self.ledger,
            self.bucket,
            self.states,
            self.turns,
            self.notes,
            self.signers,
            self.witnesses,
            ORIGIN,
            self.table_arn,
        )

    def copy(self) -> Deployment:
        """Another deployment that has the same in its stores, one signer, and no witness."""
        notes = MemoryNotes()
        for note, sent_at in self.notes.waiting.values():
            notes.send(note, sent_at)
        return Deployment(
            ledger=MemoryLedger(
                chains={name: {**each} for name, each in self.ledger.chains.items()}
            ),
            bucket=MemoryBucket(objects={**self.bucket.objects}),
            states=MemoryStates(versions={**self.states.versions}),
            turns=MemoryTurns(turn=self.turns.turn, waiting=[*self.turns.waiting]),
            notes=notes,
            truths={
                name: [Truth([*each.leaves], {*each.ends}) for each in epochs]
                for name, epochs in self.truths.items()
            },
            now=self.now,
        )

    def run(self, after: int = MINUTE, has_time: Callable[[], bool] = always) -> Report:
        """A run in a new process, so long after the one before."""
        self.now += after
        return run(self.services, self.now, has_time)

    def grow(self, workspace_id: str, *counts: int, is_noted: bool = True) -> list[Segment]:
        """Append segments of so many records each, and send a note of them."""
        chain = self.ledger.chain(workspace_id)
        added = segments_after(workspace_id, chain[-1].head if chain else EMPTY, counts)
        self.append(added)
        if is_noted:
            self.note(workspace_id, *(each.first_sequence for each in added))
        return added

    def append(self, segments: list[Segment]) -> None:
        """Append segments that were made before."""
        self.ledger.load(segments)
        for each in segments:
            truth = self.truths.setdefault(each.workspace_id, [Truth()])[-1]
            truth.leaves += map(leaf_hash, read_records(each))
            truth.ends.add(len(truth.leaves))

    def cut(self, workspace_id: str, size: int) -> None:
        """Lose the segments after this sequence. What is appended is of another epoch."""
        stored = self.ledger.chains[workspace_id]
        for first in [each for each in stored if each > size]:
            del stored[first]
        old = self.truths[workspace_id][-1]
        kept = Truth(old.leaves[:size], {end for end in old.ends if end <= size})
        self.truths[workspace_id].append(kept)

    def note(self, workspace_id: str, *firsts: int) -> None:
        """Send a growth note."""
        self.notes.send(encode_note({workspace_id: firsts}), self.now)

    @property
    def signed(self) -> list[bytes]:
        """Every text that any key has signed."""
        return [text for signer in self.signers for text in signer.signed]

    @property
    def runs(self) -> list[PublishedRun]:
        """What was published, in order."""
        return [self.run_of(each) for each in range(1, self.published + 1)]

    @property
    def published(self) -> int:
        """How many runs there are."""
        return sum(key.startswith("run/") for key in self.bucket.objects)

    def run_of(self, number: int) -> PublishedRun:
        """What one run published."""
        return read_published_run(self.bucket.objects[run_key(number)])

    @property
    def state(self) -> State:
        """The state of the newest run."""
        return decode_state(self.states.versions[self.run_of(self.published).state_version])

    def covered(self, workspace_id: str) -> WorkspaceState:
        """How far the newest run has a workspace covered."""
        return next(each for each in self.state.workspaces if each.workspace_id == workspace_id)

    def audit(self) -> Audit:
        """The log as the slow reader finds it."""
        found = audit(ORIGIN, self.bucket.objects, self.states.versions, self.truths)
        found.broken += audit_runs(self.bucket.objects, self.states.versions)
        return found

    def assert_sound(self) -> Audit:
        """Everything that was published is right, and nothing else was ever signed."""
        found = self.audit()
        assert found.broken == []
        assert {*self.signed} <= {*found.texts}
        return found


@cache
def _made(workspace_id: str, head: Head, number: int, count: int) -> Segment:
    events = [
        a_queued_event(number + each, NOON + (number + each) * 1_000, actor_id=workspace_id)
        for each in range(count)
    ]
    entropy = counted_entropy()
    return build_segment(workspace_id, head, events, entropy)


def segments_after(
    workspace_id: str, head: Head, counts: tuple[int, ...], number: int = 0
) -> list[Segment]:
    """Segments of so many records each that follow a head. Another `number`, other records."""
    made = list[Segment]()
    for count in counts:
        made.append(_made(workspace_id, head, number + head.sequence + 1, count))
        head = made[-1].head
    return made


def damaged(segment: Segment) -> Segment:
    """The segment with another event hash, so that it does not verify."""
    return replace(segment, event_hash=bytes(32))
