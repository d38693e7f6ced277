"""Tables that were restored, written to or replaced; states and runs that are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.checkpoints.requests import TakeOverRequest
from indelible.covering.newest_run import find_newest_run
from indelible.covering.run import run
from indelible.errors import Contradiction, Unavailable
from support.deployment import MINUTE, TABLE, Deployment
from support.memory_log import MemoryTurns

OTHER_TABLE = TABLE.replace("table/indelible", "table/restored")


def a_log(runs: int = 5) -> Deployment:
    """A log of so many runs."""
    log = Deployment()
    for _ in range(runs):
        log.grow("ws_a", 2)
        log.run()
    return log


@pytest.mark.parametrize("run", [None, 1, 2, 4, 5, 7, 5_000, 10**12])
def test_the_bucket_decides_which_run_is_the_newest_whatever_the_table_says(
    run: int | None,
) -> None:
    log = a_log()
    assert log.turns.turn
    log.turns.turn = replace(log.turns.turn, run=run) if run else None
    log.grow("ws_a", 1)
    report = log.run()
    assert [each[: len("The turn in the table")] for each in report.warnings] == (
        [] if run == 5 else ["The turn in the table"]
    )
    assert len(log.runs) == 6
    assert log.covered("ws_a").size == 11
    assert log.run().warnings == []
    log.assert_sound()


@pytest.mark.parametrize("count", range(9))
@pytest.mark.parametrize("guess", range(9))
def test_the_newest_run_is_found_from_any_guess(count: int, guess: int) -> None:
    log = a_log(count)
    found = find_newest_run(log.bucket, guess)
    assert (found.number if found else 0) == count


def test_a_right_guess_reads_two_objects() -> None:
    log = a_log()
    for guess, reads in ((5, 2), (6, 3)):
        log.bucket.faults.calls.clear()
        find_newest_run(log.bucket, guess)
        assert len(log.bucket.faults.calls) <= reads + 1


def test_a_frozen_run_signs_nothing_for_a_run_that_is_published() -> None:
    """It read the table before another run, which was then restored to what it had read."""
    log = a_log()
    log.grow("ws_a", 1)
    earlier = log.turns.turn
    states_put = "states.put"

    def meanwhile(method: str) -> None:
        if method != states_put:
            return
        log.states.faults.interrupt = None
        log.grow("ws_a", 1)
        log.run()
        log.turns.turn = earlier

    log.states.faults.interrupt = meanwhile
    with pytest.raises(Contradiction, match="another text"):
        run(log.services, log.now + MINUTE, lambda: True)
    assert len(log.signed) == len({*log.signed}) == 6
    log.run()
    log.assert_sound()


def test_two_texts_are_signed_when_a_table_is_restored_between_deciding_and_publishing() -> None:
    """The one case that is left over. One of them is published; witnesses refuse the other."""
    log = a_log()
    log.grow("ws_a", 1)
    earlier = log.turns.turn

    def meanwhile(method: str) -> None:
        if method != "signer.sign":
            return
        log.signers[0].faults.interrupt = None
        log.turns.turn = earlier
        log.grow("ws_a", 1)
        log.run()

    log.signers[0].faults.interrupt = meanwhile
    with pytest.raises(Contradiction, match="another text"):
        run(log.services, log.now + MINUTE, lambda: True)
    assert len({*log.signed}) == 7
    assert len({text.split(b"\n")[1] for text in log.signed}) == 6
    assert log.audit().broken == []
    log.run()
    assert log.covered("ws_a").size == 12
    assert log.audit().broken == []


def test_a_state_that_is_lost_stops_everything() -> None:
    log = a_log()
    signed = len(log.signed)
    del log.states.versions[log.runs[-1].state_version]
    with pytest.raises(Contradiction, match="indelible checkpoint rebuild"):
        log.run()
    assert len(log.signed) == signed


def test_a_state_that_was_changed_stops_everything() -> None:
    log = a_log()
    version = log.runs[-1].state_version
    log.states.versions[version] = log.states.versions[log.runs[-2].state_version]
    with pytest.raises(Contradiction, match="indelible checkpoint rebuild"):
        log.run()


def test_a_newest_run_that_is_gone_is_published_again_with_the_same_text() -> None:
    log = a_log()
    lost = log.bucket.objects.pop("run/000000000005")
    assert log.run().warnings == []
    assert log.bucket.objects["run/000000000005"] == lost
    log.assert_sound()


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"format":2}'])
def test_a_newest_run_that_is_none_stops_everything(content: bytes) -> None:
    log = a_log()
    log.bucket.objects["run/000000000005"] = content
    with pytest.raises(Contradiction, match="run 5"):
        log.run()
    assert len(log.signed) == 5


def test_a_newest_run_that_is_another_stops_everything() -> None:
    log = a_log()
    log.bucket.objects["run/000000000005"] = log.bucket.objects["run/000000000004"]
    with pytest.raises(Contradiction, match="run 5"):
        log.run()


def test_another_stack_does_not_go_on_with_the_log_unless_it_takes_over() -> None:
    log = a_log()
    log.table_arn = OTHER_TABLE
    log.turns = MemoryTurns()
    log.grow("ws_a", 1)
    with pytest.raises(Contradiction, match="take-over"):
        log.run()
    log.turns.waiting.append(TakeOverRequest(TABLE))
    with pytest.raises(Contradiction, match="take-over"):
        log.run()
    assert len(log.signed) == 5
    log.turns.waiting.append(TakeOverRequest(OTHER_TABLE))
    log.run()
    assert log.turns.waiting == []
    assert log.runs[-1].table_arn == OTHER_TABLE
    assert log.run().warnings == []
    log.table_arn = TABLE
    with pytest.raises(Contradiction, match="take-over"):
        log.run()
    log.assert_sound()


def test_taking_over_is_published_though_nothing_has_grown() -> None:
    """Otherwise the request would be gone, and the next run would refuse the log again."""
    log = a_log()
    log.table_arn = OTHER_TABLE
    log.turns = MemoryTurns(waiting=[TakeOverRequest(OTHER_TABLE)])
    log.run()
    assert log.runs[-1].table_arn == OTHER_TABLE
    assert log.turns.waiting == []
    assert log.run().published is None


def test_another_stack_does_not_finish_a_run_unless_it_takes_over() -> None:
    """A copy of the table has the turn, too."""
    log = a_log()
    log.grow("ws_a", 1)
    log.signers[0].faults.plan("signer.sign", "before")
    with pytest.raises(Unavailable):
        log.run()
    log.table_arn = OTHER_TABLE
    with pytest.raises(Contradiction, match="take-over"):
        log.run()
    assert len(log.runs) == 5
    log.turns.waiting.append(TakeOverRequest(OTHER_TABLE))
    assert log.run().warnings == []
    assert log.runs[-1].table_arn == OTHER_TABLE
    log.assert_sound()


def test_a_run_that_is_overtaken_while_it_begins_reports_no_restored_table() -> None:
    log = a_log()
    log.grow("ws_a", 1)

    def meanwhile(method: str) -> None:
        if method == "bucket.read":
            log.bucket.faults.interrupt = None
            log.run()

    log.bucket.faults.interrupt = meanwhile
    assert run(log.services, log.now + MINUTE, lambda: True).warnings == []
    assert len(log.runs) == 6
    log.assert_sound()
