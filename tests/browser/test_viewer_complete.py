"""The check of every event of a view: gaps in a whole workspace, and records of somebody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from browser.fake_api import a_token
from browser.opened_viewer import Viewer, opened
from browser.sample_log import a_log, sample_events
from browser.test_checker_histories import Runs
from browser.test_viewer_checks import changing_lists, covered_log
from playwright.sync_api import Browser, expect


def check_all(viewer: Viewer, verdict: str) -> str:
    viewer.pill.click()
    viewer.page.get_by_role("button", name="Check every event of this view").click()
    viewer.panel.locator(f".verdict[data-verdict={verdict}]").wait_for()
    said = viewer.panel.locator(".said").first
    expect(said).to_contain_text("checked.")
    return said.inner_text()


def test_a_whole_workspace_is_checked_for_gaps(browser: Browser) -> None:
    log = a_log(sample_events(230))
    with opened(browser, log, token=a_token(None)) as viewer:
        viewer.wait_for_verdict("witnessed")
        said = check_all(viewer, "witnessed")
        assert said == (
            "230 events checked. None is missing: the numbers go from 1 to 230 without a gap."
        )
        expect(viewer.panel.locator(".verdict")).not_to_contain_text("no event is missing")


def test_an_event_that_is_left_out_of_a_whole_workspace_is_found(browser: Browser) -> None:
    def without_one(body: dict[str, Any]) -> None:
        kept = [each["index"] for each in body["proof"]["records"] if each["index"] != 16]
        body["data"] = [each for each in body["data"] if each["integrity"]["sequence"] != 17]
        body["proof"] = covered_log().page_proof(kept)

    prepare = changing_lists(without_one)
    with opened(browser, covered_log(), token=a_token(None), prepare=prepare) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert check_all(viewer, "broken") == "39 events checked. Some are missing."


def test_a_tenant_is_never_told_that_nothing_is_missing(browser: Browser) -> None:
    with opened(browser, covered_log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert check_all(viewer, "witnessed") == "40 events checked."
        assert "nor that no event is missing" in viewer.panel.inner_text()


@pytest.mark.parametrize(
    "token", [a_token("org_other"), a_token(None, ws="ws_other"), a_token(None, actor_id="user_1")]
)
def test_records_of_somebody_else_are_broken(browser: Browser, token: str) -> None:
    with opened(browser, covered_log(), token=token) as viewer:
        viewer.wait_for_verdict("broken")


def test_a_chain_that_was_restarted_is_never_called_complete(browser: Browser) -> None:
    log = a_log(sample_events(30))
    assert log.checkpoint
    again = Runs((replace(log.checkpoint.checkpoint, epoch=1),)).file(1)
    restarted = replace(log, checkpoint=again, growth=None)
    with opened(browser, restarted, token=a_token(None)) as viewer:
        viewer.wait_for_verdict("witnessed")
        said = check_all(viewer, "witnessed")
        assert said == "30 events checked. The numbers go from 1 to 30 without a gap."
        text = viewer.panel.inner_text()
        assert "An operator has restarted this chain: records may have been lost before." in text
        assert "nor that no event is missing" in text


def test_without_a_checkpoint_nothing_is_said_about_what_is_missing(browser: Browser) -> None:
    """Whoever answers could have cut off the newest events."""
    log = a_log(sample_events(30), covered=0, seconds=1)
    with opened(browser, log, token=a_token(None)) as viewer:
        viewer.wait_for_verdict("not_covered")
        said = check_all(viewer, "not_covered")
        assert said == "30 events checked. The numbers go from 1 to 30 without a gap."
