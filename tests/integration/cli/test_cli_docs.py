"""docs/cli.md and --help agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from indelible.cli import app
from integration.command_line import run

DOCS = Path(__file__).parents[3] / "docs" / "cli.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that can be run, with the words that name it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from commands(each, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))
NAMES = [" ".join(path) for path in COMMANDS]


def section(name: str) -> str:
    """The text of the page under a command's heading."""
    pattern = rf"^### indelible {re.escape(name)}\n(.*?)(?=^##|\Z)"
    found = re.search(pattern, DOCS.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"docs/cli.md has no section `### indelible {name}`"
    return found[1]


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_the_page_documents_every_command_with_its_options_and_an_example(
    path: tuple[str, ...],
) -> None:
    text = section(" ".join(path))

    assert f"    indelible {' '.join(path)}" in text
    for parameter in COMMANDS[path].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("--") and option not in {"--help", "--stack"}:
                assert f"`{option}" in text, f"{option} is missing"


def test_the_page_documents_no_command_or_option_that_does_not_exist() -> None:
    page = DOCS.read_text()
    known = {option for each in COMMANDS.values() for p in each.params for option in p.opts}
    known |= {o for each in COMMANDS.values() for p in each.params for o in p.secondary_opts}
    known |= {"--help", "--version"}

    assert sorted(re.findall(r"^### indelible (.*)$", page, re.MULTILINE)) == sorted(NAMES)
    assert set(re.findall(r"--[a-z][a-z-]+", page)) <= known
    assert "`--stack" in page
    assert "`--help" in page


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_the_help_of_every_command_has_an_example(path: tuple[str, ...]) -> None:
    outcome = run(*path, "--help")

    assert outcome.status == 0
    assert f"Example: indelible {' '.join(path)}" in " ".join(outcome.stdout.split())
