"""The page compares all checkpoints that it is given, and keeps showing a contradiction."""

from __future__ import annotations

import json
from functools import cache

import pytest
from browser.fake_api import Answer, FakeApi, failure
from browser.fake_lists import Query
from browser.opened_viewer import Viewer, opened
from browser.sample_log import SampleLog, logs_of_runs, sample_events, sample_fields
from browser.test_viewer_checks import open_checks
from browser.test_viewer_list import look_for_new, with_events
from playwright.sync_api import Browser, Page, expect

OPEN = "It is not shown that the log and the chain only grew"


@cache
def honest() -> tuple[SampleLog, SampleLog]:
    """A log after each of two runs."""
    first, second = logs_of_runs(sample_events(40), [20, 40])
    return with_events(first, 20), second


@cache
def forged() -> tuple[SampleLog, SampleLog]:
    """The log for somebody else, who is not to see one of the events."""
    events = [*sample_events(9), *map(sample_fields, range(11, 42))]
    first, second = logs_of_runs(events, [20, 40])
    return with_events(first, 20), second


def file_of(log: SampleLog) -> bytes:
    assert log.checkpoint
    return log.checkpoint.encoded


def root_of_log(log: SampleLog) -> str:
    assert log.checkpoint
    return log.checkpoint.note.text.decode().splitlines()[2]


def search(viewer: Viewer, words: str) -> None:
    """Show another view, with a new list."""
    viewer.page.get_by_role("searchbox").fill(words)
    viewer.page.keyboard.press("Enter")
    viewer.wait_for_rows()


def grow(viewer: Viewer, log: SampleLog) -> None:
    """Have the log grow by a run and 20 events, and the page see them."""
    viewer.api.log = log
    look_for_new(viewer)
    expect(viewer.rows.first.locator(".number")).to_have_text("40")
    expect(viewer.page.locator("td.check", has_text="Checking")).to_have_count(0)


def test_a_checkpoint_is_shown_to_go_on_from_the_one_before(browser: Browser) -> None:
    with opened(browser, honest()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert "checkpoint/consistency" not in viewer.api.paths()
        grow(viewer, honest()[1])
        expect(viewer.pill).to_have_text("Witnessed to event 40")
        assert "2: each goes on from the one before" in open_checks(viewer)
        assert viewer.api.paths().count("checkpoint/consistency") == 1


def test_two_checkpoints_of_one_size_are_broken_until_the_page_is_closed(browser: Browser) -> None:
    """Each of the two is witnessed, and alone nothing is wrong with it."""
    logs = honest()[0], forged()[0]
    with opened(browser, forged()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
    with opened(browser, honest()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.api.log = forged()[0]
        search(viewer, "invoice")
        viewer.wait_for_verdict("broken")
        expect(viewer.pill).to_have_text("Broken: this server shows two histories")
        assert {*viewer.statuses()} == {"Not proved"}
        text = open_checks(viewer)
        assert "The log had two different trees of 1 entries." in text
        for name, log in zip(("older", "newer"), logs, strict=True):
            assert root_of_log(log) in text
            with viewer.page.expect_download() as download:
                viewer.page.get_by_role("button", name=f"Save the {name} checkpoint").click()
            assert download.value.path().read_bytes() == file_of(log)
        viewer.page.keyboard.press("Escape")
        viewer.api.log = honest()[0]
        search(viewer, "")
        expect(viewer.pill).to_have_text("Broken: this server shows two histories")
        viewer.api.log = SampleLog([], None)
        viewer.page.get_by_role("searchbox").fill("nothing-like-this")
        viewer.page.keyboard.press("Enter")
        viewer.page.get_by_role("heading", name="No event matches").wait_for()
        expect(viewer.pill).to_have_text("Broken: this server shows two histories")


def test_a_newer_checkpoint_of_another_log_is_broken(browser: Browser) -> None:
    with opened(browser, honest()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
        grow(viewer, forged()[1])
        expect(viewer.pill).to_have_text("Broken: the log did not only grow")
        text = open_checks(viewer)
        assert root_of_log(honest()[0]) in text
        assert root_of_log(forged()[1]) in text
        assert "cannot both be true" in text


def test_the_proof_of_an_opened_event_is_compared_as_well(browser: Browser) -> None:
    event_id = json.loads(forged()[0].records[0])["id"]

    def prepare(_: Page, api: FakeApi) -> None:
        def change(path: str, _: Query, answer: Answer) -> Answer:
            if path != f"events/{event_id}/proof":
                return answer
            return 200, {"Content-Type": "text/plain"}, forged()[0].proof_file(0)

        api.change = change

    with opened(browser, honest()[0], query=f"?event={event_id}", prepare=prepare) as viewer:
        viewer.wait_for_verdict("broken")
        expect(viewer.pill).to_have_text("Broken: this server shows two histories")


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (503, "Try again later."),
        (429, "Try again later."),
        (409, "Try again later."),
        (200, "The answer about the growth of the log has no checkpoint."),
    ],
)
def test_without_an_answer_growth_is_called_not_shown_until_there_is_one(
    browser: Browser, status: int, why: str
) -> None:
    def refuse(path: str, _: Query, answer: Answer) -> Answer:
        is_asked = path == "checkpoint/consistency"
        return failure(status, "unavailable", "Try again later.") if is_asked else answer

    with opened(browser, honest()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.api.change = refuse
        grow(viewer, honest()[1])
        viewer.wait_for_verdict("witnessed")
        assert f"{OPEN} between all the checkpoints of this page. {why}" in open_checks(viewer)
        viewer.page.keyboard.press("Escape")
        viewer.api.change = lambda *given: given[2]
        asked = viewer.api.paths().count("checkpoint/consistency")
        with viewer.page.expect_response("**/checkpoint/consistency*"):
            look_for_new(viewer)
        assert viewer.api.paths().count("checkpoint/consistency") == asked + 1
        viewer.wait_until(lambda: OPEN not in open_checks(viewer))
        assert "2: each goes on from the one before" in open_checks(viewer)


def test_the_check_of_every_event_compares_checkpoints_as_well(browser: Browser) -> None:
    with opened(browser, honest()[0]) as viewer:
        viewer.wait_for_verdict("witnessed")
        open_checks(viewer)
        viewer.api.log = forged()[0]
        viewer.page.get_by_role("button", name="Check every event of this view").click()
        viewer.panel.locator(".verdict[data-verdict=broken]").wait_for()
        expect(viewer.pill).to_have_text("Broken: this server shows two histories")
        expect(viewer.page.get_by_role("button", name="Save the older checkpoint")).to_be_visible()
