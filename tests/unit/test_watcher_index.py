"""An index that hides an event: the watcher finds it, soon where the block is new."""

from __future__ import annotations

import pytest
from indelible.index.pages import encode_page
from support.watched import SPAN, WIDE_SPAN
from unit.watched_chains import NAME, ROUND, a_watched_chain, before_a_round


def test_a_new_block_of_the_index_that_hides_is_found_in_the_next_invocation() -> None:
    watching = a_watched_chain()
    watching.grow(NAME, 400)
    block = 4_500 // SPAN
    for shard in range(2):
        watching.index.stored[NAME, 0, shard, block] = encode_page({}, SPAN)
    number, _ = watching.watch_until_found(2)
    assert number == 1
    assert watching.findings == [(NAME, "index_mismatch", block * SPAN + 1)]


@pytest.mark.parametrize(("level", "block", "span"), [(0, 5, SPAN), (1, 2, WIDE_SPAN)])
def test_an_old_block_of_the_index_that_hides_is_found_within_a_round(
    level: int, block: int, span: int
) -> None:
    watching = before_a_round()
    watching.index.stored[NAME, level, 0, block] = encode_page({}, span)
    watching.watch_until_found(ROUND)
    assert (NAME, "index_mismatch", block * span + 1) in watching.findings
