"""The documentation: links and `make` targets exist, and lines are short enough for a screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.local.settings import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").glob("*/*.md")]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
LONGEST_LINE = 100
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(page: Path) -> str:
    """The page without its fenced code blocks."""
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of the page's headings."""
    headings = re.findall(r"^#{1,6} (.*)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


def links(page: Path) -> list[str]:
    """The targets of the page's links, except those outside the repository."""
    inline = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    named = re.findall(r"^\[[^\]]+\]:\s+(\S+)", prose(page), re.MULTILINE)
    return [target for target in (*inline, *named) if not target.startswith("https://")]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} is not there"
        if anchor:
            assert anchor in anchors(found), f"{target} is no heading"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_target_of_make_that_a_page_names_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    # In code: after a backtick, at the start of an indented line, or after another command.
    named = re.findall(r"(?:^ {4,}|`|&& )make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_line_of_prose_is_longer_than_a_screen_is_wide(page: Path) -> None:
    lines = [line for line in prose(page).splitlines() if "https://" not in line]
    assert [line for line in lines if len(line) > LONGEST_LINE] == []
