"""The counts that CI asserts. Change them with a design that becomes cheaper or costs more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .names import (
    EACH_EVENT,
    ITEMS,
    OURS,
    OURS_KEYED,
    OURS_REQUEST,
    SINGLE_FILE,
    TRANSACTIONS,
    WHOLE_BATCH,
)

if TYPE_CHECKING:
    from .counts import Count

_TOLERANCE = 0.05
"""Of dollars: a few requests say less about the size of a segment than many."""


class Expected(NamedTuple):
    """Exactly so many requests an event, and at most so many write units and bytes.

    `dollars` a million events are those of a full run, and docs/cost.md has them. None where a
    store has no units or price, or where its pages say too little about so few events.
    """

    requests: float
    write_units: float | None = None
    stored_bytes: float | None = None
    dollars: float | None = None


EXPECTED = {
    (OURS, 1): Expected(5, 2, 900, 7.46),
    (OURS, 10): Expected(0.5, 0.45, 250, 0.871),
    (OURS, 100): Expected(0.05, 0.15, 140, 0.155),
    (OURS_KEYED, 1): Expected(7, 3, 1_200, 8.42),
    (OURS_KEYED, 10): Expected(0.7, 1.5, 500, 1.64),
    (OURS_KEYED, 100): Expected(0.1, 1.18, 400, 0.922),
    (OURS_REQUEST, 1): Expected(7, 3, 1_150, 8.42),
    (OURS_REQUEST, 10): Expected(0.7, 0.55, 275, 0.967),
    (OURS_REQUEST, 100): Expected(0.07, 0.16, 145, 0.164),
    (ITEMS, 1): Expected(7, 4, 900, 8.92),
    (ITEMS, 10): Expected(3.4, 3.1, 900, 2.87),
    (ITEMS, 100): Expected(3.22, 3.01, 900, 2.45),
    (TRANSACTIONS, 1): Expected(5, 5, 850, 9.56),
    (TRANSACTIONS, 10): Expected(0.5, 2.3, 750, 2.08),
    (TRANSACTIONS, 100): Expected(0.06, 2.05, 750, 1.35),
    (EACH_EVENT, 1): Expected(3),
    (EACH_EVENT, 10): Expected(2.1),
    (EACH_EVENT, 100): Expected(2.01),
    (WHOLE_BATCH, 1): Expected(3),
    (WHOLE_BATCH, 10): Expected(0.3),
    (WHOLE_BATCH, 100): Expected(0.03),
    (SINGLE_FILE, 1): Expected(1),
    (SINGLE_FILE, 10): Expected(0.1),
    (SINGLE_FILE, 100): Expected(0.01),
}


def unexpected(counts: list[Count]) -> list[str]:
    """A sentence for each count that is not as expected."""
    return [sentence for count in counts for sentence in _unexpected(count)]


def _unexpected(count: Count) -> list[str]:
    expected = EXPECTED[count.design, count.batch]
    sentences = []
    where = f"{count.design.strip()}, {count.batch} a batch"
    if round(count.requests_an_event, 9) != expected.requests:
        sentences.append(
            f"{where}: {count.requests_an_event:.4g} requests an event, not {expected.requests}"
        )
    measured = (
        ("write units", count.write_units, expected.write_units),
        ("bytes", count.stored_bytes, expected.stored_bytes),
    )
    for name, total, most in measured:
        if most is not None and total is not None and total / count.events > most:
            sentences.append(
                f"{where}: {total / count.events:.4g} {name} an event, more than {most}"
            )
    if expected.dollars is not None and count.dollars is not None:
        dollars = count.dollars / count.events * 1e6
        if abs(dollars - expected.dollars) > _TOLERANCE * expected.dollars:
            sentences.append(f"{where}: {dollars:.3g} dollars a million, not {expected.dollars}")
    return sentences
