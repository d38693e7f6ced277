"""Writes the pages: `python -m bench.pages`; with `--measure`, measured.json before them."""

from __future__ import annotations

import json
import sys

from . import measure
from .facts import MEASURED

if "--measure" in sys.argv[1:]:
    MEASURED.write_text(json.dumps(measure.document(), indent=2) + "\n")
