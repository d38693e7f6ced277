"""The leaf hashes of a part of a chain, from its records."""

from __future__ import annotations

from .hashes import leaf_hashes
from .ledger import Ledger
from .segment import read_records


def read_leaves(ledger: Ledger, workspace_id: str, first: int, last: int) -> bytes:
    """The joined leaf hashes of the records `first` to `last`, as many of them as the chain has.

    Those of the last segment are there to its end, also beyond `last`. Nothing is read if `first`
    is after `last`. Raises Unreadable and Unavailable.
    """
    if first > last:
        return b""
    holding = ledger.at_or_before(workspace_id, first)
    if holding is None:
        return b""
    leaves = list[bytes]()
    for segment in ledger.ascending(workspace_id, holding.first_sequence, last):
        leaves += leaf_hashes(read_records(segment))
    return b"".join(leaves[first - holding.first_sequence :])
