"""Starting an export: whatever fails or crashes, it is queued or gives its place back."""

from __future__ import annotations

import pytest
from indelible.errors import RateLimited, Unavailable
from indelible.exporting.job import UNFINISHED_KEPT, Export, ExportStatus, next_revision
from indelible.exporting.requests import read_export_request
from indelible.exporting.start import MAX_UNFINISHED, start_export
from support.builders import MINUTE, NOON, SECOND, WORKSPACE, a_caller, a_chain
from unit.export_driver import ExportDriver


class Crash(BaseException):
    """The end of a function in the middle of its work."""


def start(driver: ExportDriver) -> Export:
    export = read_export_request(a_caller(), {}, driver.now, driver.entropy)
    start_export(driver.exports, driver.queue, export, driver.entropy)
    return export


def free_places(driver: ExportDriver) -> int:
    """The number of exports that can be started, which takes their places."""
    for started in range(MAX_UNFINISHED + 1):
        try:
            start(driver)
        except RateLimited:
            return started
    raise AssertionError("there is no limit")


def a_driver() -> ExportDriver:
    return ExportDriver(a_chain(3, 3))


def test_an_export_is_stored_before_it_is_queued_and_has_a_place_before_that() -> None:
    driver = a_driver()
    export = start(driver)
    assert driver.faults.calls == ["take_place", "create", "send"]
    assert driver.queue.sent == [(WORKSPACE, export.id)]
    assert driver.state(export) == export


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("call", ["take_place", "create", "send"])
def test_a_start_that_fails_is_unavailable_and_holds_no_place_after_a_minute(
    call: str, fault: str
) -> None:
    driver = a_driver()
    driver.faults.plan(call, fault)
    with pytest.raises(Unavailable):
        start(driver)
    driver.now += MINUTE
    assert free_places(driver) == MAX_UNFINISHED


def test_an_export_that_was_not_queued_has_failed_and_says_what_to_do() -> None:
    driver = a_driver()
    driver.faults.plan("send", "before")
    with pytest.raises(Unavailable):
        start(driver)
    [export] = driver.exports.stored.values()
    assert export.status is ExportStatus.FAILED
    assert export.error_message == "The export could not be started. Start a new one."
    assert driver.step(export) is None


def test_an_export_that_the_exporter_has_begun_is_not_withdrawn() -> None:
    """The message arrived, and only the reply of the queue was lost."""
    driver = a_driver()
    driver.faults.plan("send", "after")

    def begin() -> None:
        [export] = driver.exports.stored.values()
        begun = next_revision(export, driver.entropy, status=ExportStatus.PROCESSING)
        driver.exports.stored[WORKSPACE, export.id] = begun

    driver.before("save", begin)
    with pytest.raises(Unavailable):
        start(driver)
    [export] = driver.exports.stored.values()
    assert export.status is ExportStatus.PROCESSING
    assert free_places(driver) == MAX_UNFINISHED - 1


@pytest.mark.parametrize(("call", "held"), [("create", MINUTE), ("send", UNFINISHED_KEPT)])
def test_a_start_that_crashes_before_a_call_holds_its_place_for_a_bounded_time(
    call: str, held: int
) -> None:
    driver = a_driver()

    def crash() -> None:
        raise Crash

    driver.before(call, crash)
    with pytest.raises(Crash):
        start(driver)
    driver.now = NOON + held - SECOND
    assert free_places(driver) == MAX_UNFINISHED - 1
    driver.now = NOON + held
    assert free_places(driver) == 1
