"""The table of facts at the end of a page."""

from __future__ import annotations

from ..facts import Fact
from .markdown import filled, text_table


def sources(*parts: dict[str, Fact]) -> list[str]:
    """The facts that a page uses, with their sources."""
    rows = [
        [
            fact.what,
            number(fact.value),
            f"{fact.basis}, {fact.looked_up}",
            f"[page]({fact.source})" if fact.source else "",
        ]
        for facts in parts
        for fact in facts.values()
    ]
    return [
        "## Where the numbers are from",
        filled(
            "*Read*: in the source, which often quotes AWS. *Known*: not read for this page; the "
            "source is where to check it. *Assumed*: no figure of AWS was found. *Set*: by us. "
            "The facts are in `bench/facts.toml`; prices change, so check them there first."
        ),
        text_table(["what", "value", "basis", "source"], rows),
    ]


def number(value: float) -> str:
    """A number as people write it. Prices a unit become prices a million, or a GB."""
    if 0 < value < 1e-7:
        return f"{value * 1e9:g} a GB"
    if value < 1e-4:
        return f"{value * 1e6:.4g} a million"
    return f"{value:,.10g}"
