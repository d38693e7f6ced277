"""`python -m simulation.covering`: run seeds, or one seed again with a trace."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from .checks import check
from .promises import Violation
from .story import tell
from .wired import small_and_in_order


def main() -> int:
    """The exit status: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m simulation.covering", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds to run")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="run this one seed, and show what happens in it")
    options = parser.parse_args()
    tally, broken, began = Counter[str](), list[tuple[int, Violation]](), time.process_time()
    seeds = range(options.start, options.start + options.seeds)
    with small_and_in_order():
        for seed in seeds if options.seed is None else [options.seed]:
            story = tell(seed, print if options.seed is not None else None)
            broken += [(seed, each) for each in check(story)]
            tally += story.world.tally
    for name, number in sorted(tally.items()):
        print(f"{number:>9,}  {name}")
    print(f"{time.process_time() - began:.1f} s")
    for seed, violation in broken[:40]:
        print(f"seed {seed}: {violation.promise}: {violation.what[:300]}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
