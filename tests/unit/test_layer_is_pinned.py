"""The tested versions ship: every package of the layer is pinned, with all its dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.handlers import ROOT


def pinned(file: Path) -> dict[str, Requirement]:
    """The requirements in a file, by name."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(each.name): each for each in found}


SHIPPED = pinned(ROOT / "layers/common/requirements.txt")
TESTED = pinned(ROOT / "requirements/dev.txt")


def needed_by(requirement: Requirement) -> Iterator[str]:
    """The names of the packages it requires itself, as installed here."""
    for text in requires(requirement.name) or []:
        other = Requirement(text)
        extras = requirement.extras or {""}
        if other.marker is None or any(other.marker.evaluate({"extra": each}) for each in extras):
            yield canonicalize_name(other.name)


def test_every_dependency_of_a_shipped_package_is_pinned_too() -> None:
    needed = {name for each in SHIPPED.values() for name in needed_by(each)}
    assert needed - SHIPPED.keys() == set()


def test_the_shipped_versions_are_the_tested_versions() -> None:
    assert {name: str(each.specifier) for name, each in SHIPPED.items()} == {
        name: str(TESTED[name].specifier) for name in SHIPPED
    }
    assert all(str(each.specifier).startswith("==") for each in SHIPPED.values())
