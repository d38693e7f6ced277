"""The leaf hashes of a part of a chain, as the unfinished tile of its tree needs them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.chain.hashes import leaf_hashes
from indelible.chain.ledger import read_leaves
from indelible.errors import Unreadable
from support.builders import WORKSPACE, a_chain, records_of
from support.memory_ledger import MemoryLedger

CHAIN = a_chain(12, 5)
"""Segments with the records 1 to 5, 6 to 10, and 11 and 12."""

LEAVES = leaf_hashes(records_of(CHAIN))


def a_ledger() -> MemoryLedger:
    ledger = MemoryLedger()
    ledger.load(CHAIN)
    return ledger


@pytest.mark.parametrize(
    ("first", "last", "end"),
    [(1, 12, 12), (1, 5, 5), (6, 10, 10), (8, 12, 12), (8, 9, 10), (12, 12, 12), (12, 20, 12)],
)
def test_the_leaves_begin_at_the_first_record_and_end_with_a_segment(
    first: int, last: int, end: int
) -> None:
    found = read_leaves(a_ledger(), WORKSPACE, first, last)
    assert found == b"".join(LEAVES[first - 1 : end])


def test_what_the_chain_does_not_have_is_left_out() -> None:
    assert read_leaves(a_ledger(), WORKSPACE, 13, 20) == b""
    assert read_leaves(a_ledger(), "ws_none", 1, 20) == b""


def test_of_no_record_nothing_is_read() -> None:
    ledger = a_ledger()
    ledger.load([replace(CHAIN[-1], records=b"no zstd")])
    assert read_leaves(ledger, WORKSPACE, 13, 12) == b""
    with pytest.raises(Unreadable):
        read_leaves(ledger, WORKSPACE, 12, 12)
