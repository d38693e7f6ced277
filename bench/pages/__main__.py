"""Writes the pages: `python -m bench.pages`.

With `--measure`, it measures first, and writes measured.json. With `--check`, it writes nothing,
counts again at 100 events a request and for one workspace, and fails if that is no longer what was
measured.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import measure
from .capacity_page import capacity_page
from .check import differences, differences_of_runs
from .cost_page import cost_page
from .inputs import BATCHES, MEASURED, read_facts
from .waiting import pictures

DOCS = Path(__file__).parents[2] / "docs"


def pages() -> dict[str, str]:
    """The generated files in docs/, by their names."""
    facts = read_facts()
    drawn = {f"images/{name}": text for name, text in pictures(facts).items()}
    return {"cost.md": cost_page(facts), "capacity.md": capacity_page(facts), **drawn}


def check() -> None:
    """End with what differs from measured.json, if anything does."""
    facts = read_facts()
    found = differences(facts.paths, measure.measure((BATCHES[-1],), rounds=0))
    if found := [*found, *differences_of_runs(facts.runs, measure.few_runs())]:
        sys.exit("\n".join([*found, "Run `python -m bench.pages --measure`."]))


def main() -> None:
    """Do what the arguments say."""
    if "--check" in sys.argv[1:]:
        check()
        return
    if "--measure" in sys.argv[1:]:
        MEASURED.write_text(json.dumps(measure.document(), indent=2) + "\n")
    for name, text in pages().items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text)
        print(f"docs/{name}")


if __name__ == "__main__":
    main()
