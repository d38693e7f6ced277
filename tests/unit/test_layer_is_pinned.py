"""The tested versions ship: every package is pinned, with all its dependencies.

They are in the layer of all functions, or in the function that alone needs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.handlers import ROOT


def pinned(file: Path) -> dict[str, Requirement]:
    """The requirements in a file, by name."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    found = [Requirement(line) for line in lines if line]
    return {canonicalize_name(each.name): each for each in found}


LAYER = ROOT / "layers/common/requirements.txt"
OF_FUNCTIONS = sorted(ROOT.glob("functions/*/requirements.txt"))
TESTED = pinned(ROOT / "requirements/dev.txt")

each_list = pytest.mark.parametrize(
    "file", [LAYER, *OF_FUNCTIONS], ids=lambda file: file.parent.name
)


def needed_by(requirement: Requirement) -> Iterator[str]:
    """The names of the packages it requires itself, as installed here."""
    for text in requires(requirement.name) or []:
        other = Requirement(text)
        extras = requirement.extras or {""}
        if other.marker is None or any(other.marker.evaluate({"extra": each}) for each in extras):
            yield canonicalize_name(other.name)


@each_list
def test_every_dependency_of_a_shipped_package_is_pinned_too(file: Path) -> None:
    shipped = pinned(file)
    needed = {name for each in shipped.values() for name in needed_by(each)}
    assert needed - shipped.keys() == set()


@each_list
def test_the_shipped_versions_are_the_tested_versions(file: Path) -> None:
    shipped = pinned(file)
    assert {name: str(each.specifier) for name, each in shipped.items()} == {
        name: str(TESTED[name].specifier) for name in shipped
    }
    assert all(str(each.specifier).startswith("==") for each in shipped.values())


def test_only_functions_that_check_signatures_have_packages_of_their_own() -> None:
    """Other functions start faster without them, and proofs are made without cryptography."""
    assert [each.parent.name for each in OF_FUNCTIONS] == ["checkpoint", "watcher"]
    assert all("cryptography" in pinned(each) for each in OF_FUNCTIONS)
    assert "cryptography" not in pinned(LAYER)
