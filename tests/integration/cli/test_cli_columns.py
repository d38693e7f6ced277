"""Columns stay in line when names are wide, or hold what the terminal must not or cannot show."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from indelible.cli.output import padded
from rich.cells import cell_len

NAMES = ["Acme", "Łódź 🚀", "日本語の名前", "a\x1b[2Kb", "\udcff"]
PROGRAM = f"from indelible.cli import output; output.prepare_output(); names = {NAMES!r}; "
TABLE = "output.print_table(('name', 'end'), [(each, 'END') for each in names])"
LINES = "[output.say(output.padded(each, 40) + 'END') for each in names]"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("printing", [TABLE, LINES], ids=["table", "lines"])
def test_the_next_column_begins_at_the_same_place_in_every_encoding(
    printing: str, encoding: str
) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + printing],
        env=environment, capture_output=True, check=True,
    )  # fmt: skip
    lines = done.stdout.decode(encoding).splitlines()
    ends = {cell_len(line[: line.index("END")]) for line in lines if "END" in line}
    assert len(ends) == 1, lines


def test_a_text_that_is_too_long_is_not_cut_off() -> None:
    assert padded("a" * 30, 20) == "a" * 30
    assert padded("ab", 4) == "ab  "
