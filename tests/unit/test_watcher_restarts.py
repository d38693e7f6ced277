"""What a restart says that it has kept, compared with the tiles of the epoch before."""

from __future__ import annotations

import pytest
from indelible.chain.hashes import EMPTY
from indelible.checkpoints.requests import RestartRequest
from indelible.watching.pace import round_length
from support.deployment import segments_after
from support.memory_index import MemoryIndex
from support.watched import MEDIUM, Watching

NAME = "ws_a"


def restarted(kept: int, *, is_rewritten: bool) -> Watching:
    """A chain of 600 records that lost some, or all of them to others, and was restarted."""
    watching = Watching()
    log = watching.deployment
    watching.grow(NAME, 300, 300)
    watching.watch()
    if is_rewritten:
        log.ledger.chains[NAME].clear()
        log.append(segments_after(NAME, EMPTY, (300, 300), number=10_000))
    else:
        log.cut(NAME, 300)
        log.append(segments_after(NAME, log.ledger.chain(NAME)[-1].head, (300,), number=10_000))
    log.note(NAME, 1)
    log.turns.waiting.append(RestartRequest(NAME, 0, kept, "lost"))
    for _ in range(2):
        log.run()
    assert (log.covered(NAME).epoch, log.covered(NAME).size) == (1, 600)
    watching.index = MemoryIndex(geometry=MEDIUM)
    watching.build_index(NAME)
    log.now += round_length(watching.scrub_days)
    return watching


@pytest.mark.parametrize("kept", [300, 512, 599])
def test_a_restart_that_has_kept_nothing_is_found(kept: int) -> None:
    watching = restarted(kept, is_rewritten=True)
    watching.watch_round()
    assert (NAME, "checkpoint_mismatch", 1) in watching.findings


@pytest.mark.parametrize("kept", [512, 599])
def test_a_restart_that_has_kept_less_than_it_says_is_found(kept: int) -> None:
    watching = restarted(kept, is_rewritten=False)
    watching.watch_round()
    assert (NAME, "checkpoint_mismatch", 301) in watching.findings


@pytest.mark.parametrize(("kept", "is_rewritten"), [(0, True), (255, True), (300, False)])
def test_a_restart_that_says_what_it_has_kept_is_right(kept: int, *, is_rewritten: bool) -> None:
    watching = restarted(kept, is_rewritten=is_rewritten)
    watching.watch_round()
    assert watching.findings == []
