"""What was deleted is unseen once new records have taken its place, but not by a kept head."""

from __future__ import annotations

import pytest
from indelible.reading.verification import verify_range
from indelible.times import LATEST
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.segments import verify
from support.builders import NOON, SECOND, WORKSPACE
from support.reading import plenty
from support.small_index import SPAN, Indexed, chain_of, events_at

RECORDS = 6 * SPAN + 8
TIMES = [NOON + number * SECOND for number in range(RECORDS)]


def a_chain_of(actors: list[str]) -> Indexed:
    fields = [{"actor_id": each} for each in actors]
    return Indexed(chain_of(events_at(TIMES[: len(actors)], fields), [7]))


@pytest.mark.parametrize("kept", [0, 7, RECORDS // 7 * 7])
def test_a_kept_head_shows_that_deleted_records_were_replaced_by_new_ones(kept: int) -> None:
    """The new chain is valid, and as long as its index says."""
    whole = a_chain_of(["user_1"] * RECORDS)
    whole.extend()
    again = a_chain_of(["user_1"] * kept + ["user_2"] * (RECORDS - kept))
    again = Indexed(again.chain, index=whole.index)
    found = verify_range(again.reader(), WORKSPACE, (0, LATEST), 1_000, None, plenty())
    assert (found.events, found.breaks) == (RECORDS, [])
    head = KeptHead(RECORDS, whole.chain[-1].event_hash)
    assert not any(step.breaks for step in verify(WORKSPACE, again.chain, kept=head))
    missed = head.check()
    assert missed is not None
    assert missed.sequence == RECORDS
