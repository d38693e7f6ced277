"""CI stays under an hour: each part of it has a ceiling, and a line in CONTRIBUTING.md."""

from __future__ import annotations

import re

from support.handlers import ROOT

PARTS = re.findall(r"^part (\d+) (.+)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
ROWS = re.findall(
    r"^\| (.+?) \| .+? \| .+? \| (\d+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
)


def test_the_ceilings_of_all_parts_add_up_to_less_than_an_hour() -> None:
    assert len(ROWS) == len(PARTS) > 0
    assert sum(int(ceiling) for _, ceiling in ROWS) < 60


def test_each_part_has_the_ceiling_that_its_line_says() -> None:
    written = {name.strip("`"): minutes for name, minutes in ROWS if name.startswith("`")}
    assert {command: minutes for minutes, command in PARTS} == written


def test_every_command_of_ci_is_a_part_with_a_ceiling() -> None:
    _, _, commands = (ROOT / ".ci/run").read_text().rpartition("}\n")
    assert all(line.startswith("part ") for line in commands.split("\n") if line)
