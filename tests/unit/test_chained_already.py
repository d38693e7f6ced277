"""A message of somebody who can send to the queue chains no event that is chained already."""

from __future__ import annotations

import pytest
from indelible.chain.fields import QueuedEvent
from indelible.writing.delivery import chain_messages
from support.builders import (
    WORKSPACE,
    a_chain,
    a_delivered,
    a_queued_event,
    an_event,
    at_second,
    tries,
)
from support.invariants import chained_ids
from support.memory_ledger import MemoryLedger
from support.writers import writer_on

RECORDS = 30
"""More segments of one record than a writer remembers."""


@pytest.mark.parametrize("later", [0, 1, 999], ids="{} µs later".format)
@pytest.mark.parametrize("number", [1, 15, RECORDS])
@pytest.mark.parametrize("is_warm", [False, True])
def test_a_chained_event_is_not_chained_again_with_other_content_or_at_another_microsecond(
    is_warm: bool, number: int, later: int
) -> None:
    """An id has one time. A message that names another microsecond is set aside."""
    ledger = MemoryLedger()
    ledger.load(a_chain(RECORDS, 1))
    writer = writer_on(ledger)
    if is_warm:
        new = a_delivered("new", a_queued_event(RECORDS, at_second(RECORDS)))
        assert chain_messages(writer, WORKSPACE, [new], tries(0)).chained == 0
    chained = a_queued_event(number, at_second(number))
    forged = QueuedEvent(chained.id, chained.received_at + later, an_event(actor_id="forged"))
    outcome = chain_messages(writer, WORKSPACE, [a_delivered("m", forged)], tries(0))
    set_aside = ["m"] if later else []
    assert (outcome.chained, outcome.failed, outcome.quarantined) == (0, [], set_aside)
    assert chained_ids(ledger.chain(WORKSPACE)).count(chained.id) == 1


def test_a_message_of_another_millisecond_than_its_ids_is_set_aside() -> None:
    """Otherwise the chain would be searched from a time after the event was chained."""
    ledger = MemoryLedger()
    ledger.load(a_chain(RECORDS, 1))
    chained = a_queued_event(15, at_second(15))
    for moved in (-1, 1_000, 60_000_000):
        forged = QueuedEvent(chained.id, chained.received_at + moved, an_event())
        writer = writer_on(ledger)
        outcome = chain_messages(writer, WORKSPACE, [a_delivered("m", forged)], tries(0))
        assert (outcome.chained, outcome.quarantined) == (0, ["m"])
