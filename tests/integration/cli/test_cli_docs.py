"""docs/cli.md and --help agree, and no page shows a command that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from indelible.cli import app
from integration.command_line import run

from tools.local.settings import ROOT

DOCS = ROOT / "docs" / "cli.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CALL = re.compile(r"(?:^ {4,}|`|\$ |bin/)indelible ((?:[a-z][a-z-]* ?)+)([^`\n|#]*)", re.MULTILINE)


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
COMMANDS_BY_NAME = dict(zip(NAMES, COMMANDS.values(), strict=True))
GROUPS = {path[0] for path in COMMANDS if len(path) > 1}


def options_of(name: str) -> set[str]:
    """The options of a command, in each of their spellings."""
    return {o for p in COMMANDS_BY_NAME[name].params for o in (*p.opts, *p.secondary_opts)}


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
    known = {"--help", "--version"}.union(*map(options_of, NAMES))

    assert sorted(re.findall(r"^### indelible (.*)$", page, re.MULTILINE)) == sorted(NAMES)
    assert set(re.findall(r"--[a-z][a-z-]+", page)) <= known
    assert "`--stack" in page
    assert "`--help" in page


@pytest.mark.parametrize("path", COMMANDS, ids=NAMES)
def test_the_help_of_every_command_has_an_example(path: tuple[str, ...]) -> None:
    outcome = run(*path, "--help")

    assert outcome.status == 0
    assert f"Example: indelible {' '.join(path)}" in " ".join(outcome.stdout.split())


def calls(page: Path) -> Iterator[tuple[str, set[str]]]:
    """The commands in the code of a page, each with its options."""
    for words, rest in CALL.findall(re.sub(r"\\\n\s*", "", page.read_text())):
        name = " ".join(words.split()[:2])
        known = name if name in COMMANDS_BY_NAME else name.split()[0]
        yield known, set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest))


@pytest.mark.parametrize("page", PAGES, ids=[str(each.relative_to(ROOT)) for each in PAGES])
def test_every_command_that_a_page_shows_exists_with_its_options(page: Path) -> None:
    for name, options in calls(page):
        assert name in COMMANDS_BY_NAME or name in GROUPS, name
        if name in COMMANDS_BY_NAME:
            assert options <= options_of(name) | {"--help"}, name
