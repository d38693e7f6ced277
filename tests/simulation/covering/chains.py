"""The chains of a story: they grow, are damaged and put right again, cut off and restarted."""

from __future__ import annotations

from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment
from indelible.checkpoints.requests import RestartRequest
from indelible.checkpoints.workspace_state import WorkspaceState
from support.deployment import damaged, segments_after

from .world import World

_SIZES = (1, 1, 2, 3, 7, 40, 120, 260)


class Chains:
    """What happens to the chains. `lost` are growth notes that did not come."""

    def __init__(self, world: World) -> None:
        self.lost: list[tuple[str, list[int]]] = []
        self._world = world
        self._log, self._random = world.log, world.random
        self._damaged = set[str]()

    def grow(self) -> None:
        name = self._random.choice(["ws_a", "ws_b", "ws_c"])
        if name in self._damaged:
            return
        sizes = self._random.choices(_SIZES, k=self._random.randint(1, 3))
        chain = self._log.ledger.chain(name)
        branch = 100_000 * (len(self._log.truths.get(name, [0])) - 1)
        added = segments_after(name, chain[-1].head if chain else EMPTY, (*sizes,), branch)
        self._log.append(added)
        if len(added) > 1 and self._random.random() < 0.15:
            self._damage_one(added[-1])
        self._world.tally["records"] += sum(sizes)
        firsts = [each.first_sequence for each in added]
        if self._random.random() < 0.15 and not self._world.weather.over:
            self.lost.append((name, firsts))
            return
        for _ in range(self._random.choice([1, 1, 1, 2])):
            delay = self._random.choice([0.5, 0.5, 30, 90])
            self._world.loop.call_after(delay, lambda: self._log.note(name, *firsts))

    def damage(self) -> None:
        """A segment is changed, and put back after a while."""
        name = self._random.choice(["ws_a", "ws_b", "ws_c"])
        chain = self._log.ledger.chain(name)
        if chain:
            self._damage_one(self._random.choice(chain))

    def _damage_one(self, genuine: Segment) -> None:
        name = genuine.workspace_id
        if self._world.weather.over or name in self._damaged or len(self._log.truths[name]) > 1:
            return
        self._damaged.add(name)
        self._world.tally["segments damaged"] += 1
        self._log.ledger.load([damaged(genuine)])
        self._log.note(name, genuine.first_sequence)
        self._world.loop.call_after(self._random.uniform(1, 200), lambda: self._put_back(genuine))

    def _put_back(self, genuine: Segment) -> None:
        name, first = genuine.workspace_id, genuine.first_sequence
        self._damaged.discard(name)
        if first in self._log.ledger.chains[name]:
            self._log.ledger.load([genuine])
            self.lost.append((name, [first]))

    def cut(self) -> None:
        """The end of a covered chain is lost, it goes on otherwise, and an operator restarts it."""
        name = self._random.choice(["ws_a", "ws_b"])
        covered = self._covered(name)
        chain = self._log.ledger.chain(name)
        if not covered or name in self._damaged or len(self._log.truths[name]) > 1:
            return
        ends = [0, *(each.last_sequence for each in chain if each.last_sequence < covered.size)]
        size = self._random.choice(ends)
        self._world.tally["chains cut"] += 1
        self._log.cut(name, size)
        self._log.note(name, 1)
        request = RestartRequest(name, 0, size, "a drill")
        delay = self._random.uniform(1, 100)
        self._world.loop.call_after(delay, lambda: self._log.turns.waiting.append(request))
        head = self._log.ledger.chain(name)[-1].head if size else EMPTY
        self._log.append(segments_after(name, head, (3,), 100_000))
        self._log.note(name, size + 1)

    def _covered(self, name: str) -> WorkspaceState | None:
        """How far the newest run has covered the workspace."""
        known = self._log.state.workspaces if self._log.published else ()
        return next((each for each in known if each.workspace_id == name), None)
