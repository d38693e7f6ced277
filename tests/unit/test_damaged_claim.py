"""A damaged claim found while keys are claimed: nothing is queued and nothing stays charged."""

from __future__ import annotations

import pytest
from indelible.errors import DamagedItem
from support.builders import an_event
from unit.ingest_driver import IngestDriver


def test_a_reservation_is_given_back_when_a_claim_is_damaged() -> None:
    ingest = IngestDriver()

    def damaged(method: str) -> None:
        if method == "take":
            raise DamagedItem("the stored claim is damaged")

    ingest.claims.faults.interrupt = damaged
    with pytest.raises(DamagedItem):
        ingest.submit(an_event(idempotency_key="a"))
    assert ingest.calls == ["find", "reserve", "take", "give_back"]
    assert ingest.used == 0
    assert ingest.messages == []
