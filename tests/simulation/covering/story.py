"""The story of one seed: chains that grow and are damaged, runs, faults, and a table's writers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256

from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.state import decode_state
from indelible.checkpoints.turn import Turn
from indelible.checkpoints.workspace_state import WorkspaceState
from indelible.covering.next_run import next_run
from indelible.tlog.checkpoint import Checkpoint
from support.deployment import ORIGIN, Deployment, damaged, segments_after
from support.memory_log import MemorySigner
from support.memory_witness import MemoryWitness
from support.notes import FIRST, SECOND, Signer

from ..weather import faults_of
from .situations import (
    NEW_KEY,
    nothing_yet,
    of_255_entries,
    some_runs,
    unfinished_tile_of_the_log,
)
from .world import World

SITES = [
    "bucket.put_new",
    "bucket.read",
    "bucket.read_many",
    "ledger.ascending",
    "ledger.at_or_before",
    "ledger.segments_of",
    "notes.delete",
    "notes.receive",
    "signer.sign",
    "states.put",
    "states.read",
    "turns.done",
    "turns.keep_cosigned",
    "turns.read",
    "turns.requests",
    "turns.take",
    "witness.add_checkpoint",
]
CELLS = [(site, fault) for site in SITES for fault in faults_of(site)]
MINUTES = 6
CALM_MINUTES = 7
_RATES = (0.0, 0.02, 0.06, 0.12)
_SIZES = (1, 1, 2, 3, 7, 40, 120, 260)


@dataclass
class Story:
    """A seed after its end. `fooled` is the witness that was shown another log."""

    world: World
    fooled: MemoryWitness | None = None
    fooled_at: int = 0
    rotated: bool = False


class Teller:
    """Schedules what happens in a seed."""

    def __init__(self, seed: int, trace: Callable[[str], None] | None) -> None:
        self.world = world = World(seed, _deployment(seed), trace)
        self.story = Story(world)
        self.log, self.random = world.log, world.random
        self.signers = self.log.signers[:1]
        self.lost: list[tuple[str, list[int]]] = []
        self.damaged = set[str]()
        if self.random.random() < 0.9:
            world.weather.rate = self.random.choice(_RATES)
            world.weather.aim = CELLS[seed % len(CELLS)]
        for _ in range(self.random.choice([0, 0, 1, 2])):
            self.log.witnesses.append(
                MemoryWitness(private=[FIRST, SECOND][len(self.log.witnesses)], logs=_KEYS)
            )

    def tell(self) -> Story:
        """Let everything happen."""
        for _ in range(self.random.randint(1, 8)):
            self._some_time(self._grow)
        for chance, act in (
            (0.3, self._restore),
            (0.3, self._forge),
            (0.3, self._damage),
            (0.3, self._cut),
            (0.2, self._rotate),
            (0.15, self._fool_a_witness),
        ):
            if self.random.random() < chance:
                self._some_time(act)
        if self.random.random() < 0.2:
            self.world.when_unfinished = self._forge
        for minute in range(MINUTES):
            self._at(minute, self.random.uniform(0, 20), self._run)
        self._at(MINUTES, 0, self._end)
        self.world.loop.run()
        return self.story

    def _at(self, minute: int, seconds: float, act: Callable[[], None]) -> None:
        self.world.loop.call_after(60 * minute + seconds, act)

    def _some_time(self, act: Callable[[], None]) -> None:
        self._at(0, self.random.uniform(0, 60 * MINUTES - 5), act)

    def _run(self) -> None:
        self.world.start_run(self.signers)

    def _end(self) -> None:
        """Nothing fails any more. Some calls are still late, and some runs still frozen."""
        self.world.weather.over = True
        for name, firsts in self.lost:
            self.log.note(name, *firsts)
        if self.random.random() < 0.5:
            self._at(299, 0, self._grow)
        for hours in (0, 5):
            for minute in range(CALM_MINUTES):
                self._at(60 * hours + minute, 30, self._run)

    def _grow(self) -> None:
        name = self.random.choice(["ws_a", "ws_b", "ws_c"])
        if name in self.damaged:
            return
        sizes = self.random.choices(_SIZES, k=self.random.randint(1, 3))
        chain = self.log.ledger.chain(name)
        branch = 100_000 * (len(self.log.truths.get(name, [0])) - 1)
        added = segments_after(name, chain[-1].head if chain else EMPTY, (*sizes,), branch)
        self.log.append(added)
        if len(added) > 1 and self.random.random() < 0.15:
            self._damage_one(added[-1])
        self.world.tally["records"] += sum(sizes)
        firsts = [each.first_sequence for each in added]
        if self.random.random() < 0.15 and not self.world.weather.over:
            self.lost.append((name, firsts))
            return
        for _ in range(self.random.choice([1, 1, 1, 2])):
            delay = self.random.choice([0.5, 0.5, 30, 90])
            self.world.loop.call_after(delay, lambda: self.log.note(name, *firsts))

    def _restore(self) -> None:
        """The table is as it was some time ago."""
        self.world.tally["tables restored"] += 1
        self.world.change_turn(self.random.choice(self.world.happened.history))

    def _forge(self) -> None:
        """Somebody writes a turn that no run has decided."""
        turn = self.log.turns.turn
        if turn is None:
            return
        self.world.tally["turns forged"] += 1
        if turn.run > self.log.published:
            text = Checkpoint(ORIGIN, turn.size, sha256(b"what I like").digest()).text
            forgery = self.random.choice([self._later(turn), replace(turn, text=text)])
            self.world.change_turn(forgery)
            return
        text = Checkpoint(ORIGIN, turn.size + 1, sha256(b"what I like").digest()).text
        following = replace(turn, run=turn.run + 1, size=turn.size + 1, text=text)
        forged: list[Turn] = [
            following,
            replace(turn, text=Checkpoint(ORIGIN, turn.size, bytes(32)).text),
            replace(turn, time=turn.time + 86_400),
            replace(turn, run=turn.run + 7),
            replace(following, state_version="v1"),
            replace(turn, state_sha256=bytes(32)),
        ]
        self.world.change_turn(self.random.choice(forged))

    def _later(self, turn: Turn) -> Turn:
        """An unfinished turn with a time to come, and all else as it follows."""
        newest = self.log.run_of(self.log.published) if self.log.published else None
        state = decode_state(self.log.states.versions[turn.state_version])
        time = turn.time + 86_400
        entries = [replace(each, time=time) for each in turn.entries_before]
        return next_run(ORIGIN, newest, state, entries, time, turn.state_version).turn

    def _damage(self) -> None:
        """A segment is changed, and put back after a while."""
        name = self.random.choice(["ws_a", "ws_b", "ws_c"])
        chain = self.log.ledger.chain(name)
        if chain:
            self._damage_one(self.random.choice(chain))

    def _damage_one(self, genuine: Segment) -> None:
        name = genuine.workspace_id
        if self.world.weather.over or name in self.damaged or len(self.log.truths[name]) > 1:
            return
        self.damaged.add(name)
        self.world.tally["segments damaged"] += 1
        self.log.ledger.load([damaged(genuine)])
        self.log.note(name, genuine.first_sequence)
        self.world.loop.call_after(self.random.uniform(1, 200), lambda: self._put_back(genuine))

    def _put_back(self, genuine: Segment) -> None:
        name, first = genuine.workspace_id, genuine.first_sequence
        self.damaged.discard(name)
        if first in self.log.ledger.chains[name]:
            self.log.ledger.load([genuine])
            self.lost.append((name, [first]))

    def _cut(self) -> None:
        """The end of a covered chain is lost, it goes on otherwise, and an operator restarts it."""
        name = self.random.choice(["ws_a", "ws_b"])
        covered = self._covered(name)
        chain = self.log.ledger.chain(name)
        if not covered or name in self.damaged or len(self.log.truths[name]) > 1:
            return
        ends = [0, *(each.last_sequence for each in chain if each.last_sequence < covered.size)]
        size = self.random.choice(ends)
        self.world.tally["chains cut"] += 1
        self.log.cut(name, size)
        self.log.note(name, 1)
        request = RestartRequest(name, 0, size, "a drill")
        delay = self.random.uniform(1, 100)
        self.world.loop.call_after(delay, lambda: self.log.turns.waiting.append(request))
        head = self.log.ledger.chain(name)[-1].head if size else EMPTY
        self.log.append(segments_after(name, head, (3,), 100_000))
        self.log.note(name, size + 1)

    def _covered(self, name: str) -> WorkspaceState | None:
        """How far the newest run has covered the workspace."""
        known = self.log.state.workspaces if self.log.published else ()
        return next((each for each in known if each.workspace_id == name), None)

    def _rotate(self) -> None:
        """The function is deployed with a new key. Old processes may begin runs for a while."""
        self.world.tally["keys rotated"] += 1
        self.story.rotated = True
        old, both = self.signers, [*self.log.signers[1:], *self.log.signers[:1]]
        self.signers = both
        for seconds in (40, 80):
            self.world.loop.call_after(seconds, lambda: self.world.start_run(old))

    def _fool_a_witness(self) -> None:
        """Somebody with the key shows a witness another log."""
        if self.log.witnesses:
            self.story.fooled = self.log.witnesses[0]
            self.story.fooled_at = self.world.loop.now
            size = self.random.choice([1, 1_000_000])
            self.story.fooled.cosigned[ORIGIN] = Checkpoint(ORIGIN, size, bytes(32))


_KEYS = (Signer(ORIGIN).key, NEW_KEY.key)


@cache
def _unfinished_tile() -> Deployment:
    return unfinished_tile_of_the_log()


BEGINNINGS: list[Callable[[], Deployment]] = [
    nothing_yet,
    lambda: some_runs().copy(),
    nothing_yet,
    lambda: of_255_entries().copy(),
    lambda: _unfinished_tile().copy(),
]


def _deployment(seed: int) -> Deployment:
    """A new deployment; one with some runs; or one whose log is about to fill a tile."""
    log = BEGINNINGS[seed % len(BEGINNINGS)]()
    log.witnesses = []
    log.signers = [MemorySigner(), MemorySigner(private=NEW_KEY)]
    return log


def tell(seed: int, trace: Callable[[str], None] | None = None) -> Story:
    """Let the story of a seed happen."""
    return Teller(seed, trace).tell()
