"""Leaf prefixes: which records of a segment they name as changed.

The event hash, computed from the records, decides whether a segment was changed. A prefix that does
not fit says where: at its record, or, if the event hash does fit, at the prefix itself.
"""

from __future__ import annotations

from functools import reduce

from ..chain.hashes import HASH_BYTES, event_hash
from ..chain.leaves import Prefixes
from .breaks import Break, BreakType
from .run import Position, Run

NONE_NAMED = "no leaf prefix names a record that was changed"
"""Detail of the break of an event hash that the records do not give, though all prefixes fit."""


def breaks_of_prefixes(run: Run, before: Position) -> dict[int, Break]:
    """The break of each record whose leaf hash does not begin with its prefix, by its index.

    The breaks have no event_id. `expected` is None where only the beginning of the hash is stored;
    `detail` then has it. A file has no prefixes, and so no such breaks.
    """
    if run.prefixes is None:
        return {}
    link = reduce(event_hash, run.leaves, before.event_hash)
    is_unchanged = [link] == [*run.claims.values()]
    return {
        index: _break_of(run.prefixes, index, before.sequence + 1, leaf, is_unchanged=is_unchanged)
        for index, leaf in enumerate(run.leaves)
        if not leaf.startswith(run.prefixes.of(index))
    }


def _break_of(
    prefixes: Prefixes, index: int, first: int, leaf: bytes, *, is_unchanged: bool
) -> Break:
    stored = prefixes.of(index).hex()
    is_whole = prefixes.size == HASH_BYTES
    known = [] if is_whole else [f"the stored leaf prefix is {stored}"]
    if is_unchanged:
        known.append("the records give the event hash, so what was changed is this prefix")
    return Break(
        BreakType.HASH_MISMATCH,
        first + index,
        None,
        stored if is_whole else None,
        leaf.hex(),
        "; ".join(known) or None,
    )
