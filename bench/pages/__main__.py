"""Writes the pages: `python -m bench.pages`; with `--measure`, measured.json before them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import measure
from .capacity_page import capacity_page, pictures
from .cost_page import cost_page
from .facts import MEASURED, read_facts

DOCS = Path(__file__).parents[2] / "docs"


def pages() -> dict[str, str]:
    """The generated files in docs/, by their names."""
    facts = read_facts()
    drawn = {f"images/{name}": text for name, text in pictures(facts).items()}
    return {"cost.md": cost_page(facts), "capacity.md": capacity_page(facts), **drawn}


if __name__ == "__main__":
    if "--measure" in sys.argv[1:]:
        MEASURED.write_text(json.dumps(measure.document(), indent=2) + "\n")
    for name, text in pages().items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text)
        print(f"docs/{name}")
