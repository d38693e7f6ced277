"""Cancelling an export: whatever happens at the same time, it ends once, and nothing works on."""

from __future__ import annotations

from contextlib import suppress

import pytest
from indelible.errors import AlreadyFinished, Conflict, Expired, NotFound, Unavailable
from indelible.exporting.cancel import cancel_export
from indelible.exporting.job import CANCELLED, UNFINISHED_KEPT, Export, ExportStatus
from support.builders import a_caller, a_chain
from unit.export_driver import SMALL, ExportDriver

CHAIN = a_chain(60, 3)


def cancel(driver: ExportDriver, export: Export, **forced: str) -> Export:
    return cancel_export(driver.exports, a_caller(**forced), export.id, driver.now, driver.entropy)


def test_an_export_that_is_cancelled_before_any_call_of_its_step_gets_no_further() -> None:
    """Whatever the exporter was about to do, it ends, and asks for no further step."""
    counted = ExportDriver(CHAIN, SMALL)
    counted.step(counted.start({"format": "ndjson"}))
    for call in range(1, len(counted.faults.calls)):
        driver = ExportDriver(CHAIN, SMALL)
        export = driver.start({"format": "ndjson"})
        driver.before(call, lambda d=driver, e=export: cancel(d, e))  # type: ignore[misc]
        with suppress(Conflict):
            assert driver.step(export) is None
        assert driver.state(export).error_message == CANCELLED
        assert driver.state(export).status is ExportStatus.FAILED
        assert driver.step(export) is None


def test_a_save_in_between_is_met_by_another_try() -> None:
    driver = ExportDriver(CHAIN, SMALL)
    export = driver.start()
    driver.before("save", lambda: driver.step(export, 1))
    assert cancel(driver, export).error_message == CANCELLED
    assert driver.state(export).error_message == CANCELLED


def test_an_export_that_is_finished_in_between_stays_completed() -> None:
    driver = ExportDriver(CHAIN, SMALL)
    export = driver.start()
    driver.before("save", lambda: driver.finish(export))
    with pytest.raises(AlreadyFinished, match="completed already"):
        cancel(driver, export)
    assert driver.state(export).status is ExportStatus.COMPLETED


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_cancel_whose_reply_is_lost_may_be_repeated(fault: str) -> None:
    driver = ExportDriver(CHAIN, SMALL)
    export = driver.start()
    driver.faults.plan("save", fault)
    with pytest.raises(Unavailable):
        cancel(driver, export)
    assert cancel(driver, export).error_message == CANCELLED


def test_an_export_that_the_caller_may_not_see_cannot_be_cancelled() -> None:
    driver = ExportDriver(CHAIN, SMALL)
    export = driver.start()
    with pytest.raises(NotFound):
        cancel(driver, export, tenant_id="org_1aB2cD3")
    driver.now += UNFINISHED_KEPT
    with pytest.raises(Expired):
        cancel(driver, export)
