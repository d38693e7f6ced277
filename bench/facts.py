"""The facts from outside, in facts.toml: list prices, quotas, times, and what is assumed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """A number from outside, with where it is from and when it was looked up.

    `basis` is `read` (in the source), `known` (the source is where to check it), `assumed`, or
    `set` by this project.
    """

    value: float
    what: str
    basis: str
    looked_up: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """Prices in dollars, quotas, times in milliseconds, and what is assumed; by name."""

    prices: dict[str, Fact]
    quotas: dict[str, Fact]
    times: dict[str, Fact]
    assumed: dict[str, Fact]


def read_outside() -> Outside:
    """Read facts.toml."""
    written = tomllib.loads((Path(__file__).parent / "facts.toml").read_text())
    parts = ("prices", "quotas", "times", "assumed")
    return Outside(**{part: _facts(written, part) for part in parts})


def _facts(written: dict[str, Any], part: str) -> dict[str, Fact]:
    """The facts of one part. The date is that of the file, unless a fact has one of its own."""
    return {
        name: Fact(**{"looked_up": written["looked_up"], **fact})
        for name, fact in written[part].items()
    }


OUTSIDE = read_outside()
