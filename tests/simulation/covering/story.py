"""The story of one seed: chains that grow and are damaged, runs, faults, and a table's writers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indelible.tlog.checkpoint import Checkpoint
from support.deployment import ORIGIN
from support.memory_witness import MemoryWitness
from support.notes import FIRST, SECOND, Signer

from ..weather import faults_of
from .beginnings import a_beginning
from .chains import Chains
from .forgers import forge
from .situations import NEW_KEY
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
    "notes.release",
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
        self.world = world = World(seed, a_beginning(seed), trace)
        self.story = Story(world)
        self.log, self.random = world.log, world.random
        self.signers = self.log.signers[:1]
        self.chains = Chains(world)
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
            self._some_time(self.chains.grow)
        for chance, act in (
            (0.3, self._restore),
            (0.3, self._forge),
            (0.3, self.chains.damage),
            (0.3, self.chains.cut),
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
        for name, firsts in self.chains.lost:
            self.log.note(name, *firsts)
        if self.random.random() < 0.5:
            self._at(299, 0, self.chains.grow)
        for hours in (0, 5):
            for minute in range(CALM_MINUTES):
                self._at(60 * hours + minute, 30, self._run)

    def _restore(self) -> None:
        """The table is as it was some time ago."""
        self.world.tally["tables restored"] += 1
        self.world.change_turn(self.random.choice(self.world.happened.history))

    def _forge(self) -> None:
        """Somebody writes a turn that no run has decided."""
        turn = self.log.turns.turn
        if turn:
            self.world.tally["turns forged"] += 1
            self.world.change_turn(forge(self.log, turn, self.random))

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


def tell(seed: int, trace: Callable[[str], None] | None = None) -> Story:
    """Let the story of a seed happen."""
    return Teller(seed, trace).tell()
