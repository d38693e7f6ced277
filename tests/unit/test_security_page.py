"""SECURITY.md: claims name tests that try them, and these tests exist."""

from __future__ import annotations

import re

import pytest

from tools.local.settings import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
LABELS = ("Can", "Cannot", "Found by")


def attackers() -> dict[str, str]:
    """The sections that list what an attacker cannot do, by heading."""
    parts = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    return {name: text for name, text in sections.items() if "**Cannot**" in text}


def claims(text: str) -> list[str]:
    """The items of the list under "Cannot"."""
    part = text.split("**Cannot**")[1].split("**Found by**", maxsplit=1)[0]
    return re.split(r"^- ", part, flags=re.MULTILINE)[1:]


def existing() -> set[str]:
    """The names of all test functions."""
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        found.update(re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE))
    return found


def test_each_attacker_has_what_they_can_do_cannot_do_and_what_finds_them() -> None:
    assert len(attackers()) > len(LABELS)
    for name, text in attackers().items():
        places = [text.find(f"**{label}**") for label in LABELS]
        assert -1 not in places, name
        assert places == sorted(places), name


@pytest.mark.parametrize("attacker", attackers())
def test_each_claim_names_a_test_that_tries_it(attacker: str) -> None:
    for claim in claims(attackers()[attacker]):
        assert re.search(r"`test_\w+`", claim), claim


def insiders() -> dict[str, str]:
    """The rows of the list of insiders: what each can do and what finds it, by who it is."""
    section = PAGE.split("\n## Insiders")[1].split("\n## ")[0]
    rows = re.findall(r"^- \*\*(.+?)\*\*: (.*?)(?=\n- |\n\n)", section, re.MULTILINE | re.DOTALL)
    return dict(rows)


def test_each_insider_names_a_test_that_shows_what_finds_them_or_the_section_that_does() -> None:
    assert len(insiders()) > len(LABELS)
    for who, row in insiders().items():
        assert "Found" in row, who
        shown = row.partition("Found")[2]
        assert re.search(r"`test_\w+`", shown) or "](#" in row, who


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"\btest_\w+", PAGE))
    assert named
    assert named - existing() == set()
