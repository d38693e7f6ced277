"""`python -m simulation`: run seeds, or one seed again with a trace (docs/simulation.md)."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from .figures import Figures
from .stage import open_stage

_PROGRESS_EVERY = 250


def main() -> int:
    """The exit status: 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000, help="how many seeds to run")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="run this one seed, and show what happens in it")
    options = parser.parse_args()
    logging.disable()
    figures, began = Figures(), time.monotonic()
    with open_stage() as stage:
        if options.seed is not None:
            figures.add(options.seed, stage, print)
        for seed in _seeds(options):
            figures.add(seed, stage)
            if figures.runs % _PROGRESS_EVERY == 0:
                print(f"{figures.runs} runs, {len(figures.broken)} broken", file=sys.stderr)
    seconds = time.monotonic() - began
    print(*figures.report(), sep="\n")
    print(f"{seconds:.0f} s, {figures.runs / seconds * 60:,.0f} runs a minute")
    return 1 if figures.broken else 0


def _seeds(options: argparse.Namespace) -> range:
    if options.seed is not None:
        return range(0)
    return range(options.start, options.start + options.seeds)


if __name__ == "__main__":
    sys.exit(main())
