"""The counts that CI asserts: a change that makes a design cheaper or dearer has to say so here."""

from __future__ import annotations

from typing import NamedTuple

from .counts import Count
from .designs import EACH_EVENT, ITEMS, OURS, SINGLE_FILE, TRANSACTIONS, WHOLE_BATCH


class Expected(NamedTuple):
    """Exactly so many requests an event, and at most so many write units and bytes.

    None where a store has no units, or where its pages say too little about so few events.
    """

    requests: float
    write_units: float | None = None
    stored_bytes: float | None = None


EXPECTED = {
    (OURS, 1): Expected(5, 2, 900),
    (OURS, 10): Expected(0.5, 0.45, 250),
    (OURS, 100): Expected(0.05, 0.15, 140),
    ("  a key each", 1): Expected(7, 3, 1_200),
    ("  a key each", 10): Expected(0.7, 1.5, 500),
    ("  a key each", 100): Expected(0.1, 1.18, 400),
    ("  a key a request", 1): Expected(7, 3, 1_150),
    ("  a key a request", 10): Expected(0.7, 0.55, 275),
    ("  a key a request", 100): Expected(0.07, 0.16, 145),
    (ITEMS, 1): Expected(7, 4, 900),
    (ITEMS, 10): Expected(3.4, 3.1, 900),
    (ITEMS, 100): Expected(3.22, 3.01, 900),
    (TRANSACTIONS, 1): Expected(5, 5, 850),
    (TRANSACTIONS, 10): Expected(0.5, 2.3, 750),
    (TRANSACTIONS, 100): Expected(0.06, 2.05, 750),
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
    return sentences
