"""A kept head reveals a chain whose end was cut off or replaced."""

from __future__ import annotations

import pytest
from indelible.chain.hashes import EMPTY
from indelible.chain.segment import Segment, event_hashes_of
from indelible.verifying.breaks import BreakType
from indelible.verifying.kept_head import KeptHead
from indelible.verifying.segments import verify
from indelible.writing.build_segment import build_segment
from support.builders import a_queued_event

EVENT = a_queued_event()


def a_chain(*sizes: int) -> list[Segment]:
    segments: list[Segment] = []
    for size in sizes:
        head = segments[-1].head if segments else EMPTY
        segments.append(build_segment("ws_1", head, size * [EVENT], bytes))
    return segments


def test_every_event_hash_of_the_chain_is_accepted_as_a_kept_head() -> None:
    chain = a_chain(1, 3, 2)
    hashes = [each for segment in chain for each in event_hashes_of(segment)]

    for sequence, event_hash in enumerate(hashes, start=1):
        kept = KeptHead.read(f"{sequence}:{event_hash.hex()}")
        list(verify("ws_1", chain, kept=kept))
        assert kept.check() is None


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_cut_off_end_is_a_break_at_the_kept_sequence(length: int) -> None:
    chain = a_chain(1, 3, 2)
    kept = KeptHead(6, chain[-1].event_hash)
    list(verify("ws_1", chain[:length], kept=kept))

    found = kept.check()

    assert found is not None
    assert (found.type, found.sequence) == (BreakType.CHAIN_BREAK, 6)
    assert (found.expected, found.actual) == (chain[-1].event_hash.hex(), "no such record")


def test_another_hash_at_the_kept_sequence_is_a_break() -> None:
    chain = a_chain(2)
    kept = KeptHead(1, chain[0].event_hash)
    list(verify("ws_1", chain, kept=kept))

    found = kept.check()

    assert found is not None
    assert found.actual == event_hashes_of(chain[0])[0].hex()


@pytest.mark.parametrize(
    "text", ["", ":", "1", "1:", "1:ab", f"0:{64 * '0'}", f"-1:{64 * '0'}", f"1:{66 * '0'}"]
)
def test_an_invalid_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="sequence, a colon and an event hash"):
        KeptHead.read(text)
