"""Figures: sums over many runs, and the faults that every call site has met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from .checks import check
from .promises import Promise, Violation
from .sites import call_sites
from .stage import Stage
from .story import tell
from .weather import CELLS, Fault


@dataclass
class Figures:
    """Sums over runs."""

    runs: int = 0
    tally: Counter[str] = field(default_factory=Counter)
    met: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    broken: list[tuple[int, Violation]] = field(default_factory=list)

    def add(self, seed: int, stage: Stage, trace: Callable[[str], None] | None = None) -> None:
        """Run a seed."""
        story = tell(stage, seed, trace)
        self.broken += [(seed, each) for each in check(story)]
        self.runs += 1
        self.tally += story.world.tally
        self.met += story.world.met

    def not_met(self) -> list[str]:
        """The faults that each call site can meet but has not met."""
        return [f"{site}, {fault}" for site, fault in CELLS if not self.met[site, fault]]

    def report(self) -> Iterator[str]:
        """All figures, as lines."""
        yield from self._what_happened()
        yield ""
        yield from self._coverage()
        yield ""
        promises = Counter(violation.promise for _, violation in self.broken)
        for promise, times in promises.items():
            yield f"BROKEN {times} times: {promise}"
        for seed, violation in self.broken[:_MOST_SHOWN]:
            yield f"seed {seed}: {violation.what}"
        if not self.broken:
            yield "Every promise was kept."

    def _what_happened(self) -> Iterator[str]:
        yield f"{self.runs:>9,}  runs"
        for name, number in sorted(self.tally.items()):
            yield f"{number:>9,}  {name}"
        broken = Counter(violation.promise for _, violation in self.broken)
        yield f"{broken[Promise.CHAINED]:>9,}  events lost"
        yield f"{broken[Promise.ONCE]:>9,}  events chained twice"

    def _coverage(self) -> Iterator[str]:
        """A row for each call site, a column for each fault."""
        columns = list(Fault)
        sites = [*call_sites(), *sorted({site for site, _ in self.met} - {*call_sites()})]
        width = max(map(len, sites))
        yield from _headings(columns, width)
        for site in sites:
            cells = (self.met[site, fault] for fault in columns)
            yield f"{site:{width}}" + "".join(f"{each or '-':>12}" for each in cells)


_MOST_SHOWN = 20


def _headings(columns: Iterable[Fault], width: int) -> Iterator[str]:
    words = [fault.split() for fault in columns]
    for row in range(2):
        yield " " * width + "".join(f"{each[row] if row < len(each) else '':>12}" for each in words)
