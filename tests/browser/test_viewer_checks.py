"""The check in the browser: four verdicts in words, and every way in which a page can be wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from browser.fake_api import Answer, FakeApi, a_token, as_json
from browser.fake_lists import Query
from browser.opened_viewer import Viewer, opened
from browser.sample_log import LOG_KEYS, SampleLog, a_log, page_time, sample_events
from playwright.sync_api import Browser, Page, Route, expect
from support.notes import FIRST, LOG, SECOND

Change = Callable[[dict[str, Any]], None]


@cache
def covered_log() -> SampleLog:
    return a_log(sample_events(40), covered=38)


@cache
def signed_log() -> SampleLog:
    return a_log(sample_events(40), has_witness=False)


def changing_lists(change: Change) -> Callable[[Page, FakeApi], None]:
    """Have every list be changed on its way, as a dishonest server would."""

    def prepare(_: Page, api: FakeApi) -> None:
        def changed(path: str, query: Query, answer: Answer) -> Answer:
            if path != "events":
                return answer
            body = json.loads(answer[2])
            change(body)
            return as_json(body)

        api.change = changed

    return prepare


def open_checks(viewer: Viewer) -> str:
    """What the panel says."""
    viewer.pill.click()
    viewer.panel.locator(".verdict").wait_for()
    return viewer.panel.inner_text()


def test_records_that_a_witness_countersigned_are_witnessed(browser: Browser) -> None:
    with opened(browser, covered_log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert viewer.statuses() == ["Too new"] * 2 + ["Witnessed"] * 38
        assert viewer.pill.inner_text() == "Witnessed to event 38 · 2 events too new"
        text = open_checks(viewer)
        host = viewer.api.origin.removeprefix("http://")
        assert f"Checked in your browser by a page from {host}." in text
        assert "these 38 records have not changed since 27 Nov 2026, 09:58:30" in text
        assert f"as countersigned by {FIRST.name}." in text
        assert f"It cannot show that {host}'s page is honest, nor that no event is missing." in text
        assert "As this server says" in text
        assert "caa2f14f49587912930e7c645510ddd28c02932e227042bfb2a6597010c69065" in text


def test_without_a_witness_it_is_signed_by_the_operator_only(browser: Browser) -> None:
    with opened(browser, signed_log()) as viewer:
        viewer.wait_for_verdict("operator")
        assert {*viewer.statuses()} == {"Signed"}
        assert viewer.pill.inner_text() == "Signed by the operator only, to event 40"
        assert "No witness has countersigned it" in open_checks(viewer)


def test_before_the_first_checkpoint_nothing_is_covered_yet(browser: Browser) -> None:
    with opened(browser, a_log(sample_events(5), covered=0, seconds=20)) as viewer:
        viewer.wait_for_verdict("not_covered")
        assert {*viewer.statuses()} == {"Too new"}
        assert viewer.pill.inner_text() == "Not covered yet"


def test_an_event_that_waits_longer_than_ten_minutes_is_overdue(browser: Browser) -> None:
    with opened(browser, a_log(sample_events(30), covered=10)) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert viewer.statuses()[-11] == "Overdue"
        viewer.open_row(20)
        assert "longer than it should take" in viewer.panel.inner_text()


def tampered(body: dict[str, Any]) -> None:
    record = body["proof"]["records"][4]
    record["record"] = record["record"].replace('"action":"', '"action":"un')


@pytest.mark.parametrize("log", [covered_log, signed_log])
def test_an_old_checkpoint_is_called_old(browser: Browser, log: Callable[[], SampleLog]) -> None:
    """A server that offers the log of last week as that of today hides all that came since."""

    def hours_later(hours: float) -> Callable[[Page, FakeApi], None]:
        later = page_time() + timedelta(hours=hours)
        return lambda page, _: page.clock.set_fixed_time(later)

    sentence = "This checkpoint is old: it was made {} ago"
    with opened(browser, log(), prepare=hours_later(1.9)) as viewer:
        assert sentence.partition(":")[0] not in open_checks(viewer)
    with opened(browser, log(), prepare=hours_later(7 * 24)) as viewer:
        viewer.wait_for_verdict("witnessed" if log is covered_log else "operator")
        assert sentence.format("7 days") in open_checks(viewer)


def test_a_tampered_record_is_broken_and_named(browser: Browser) -> None:
    with opened(browser, covered_log(), prepare=changing_lists(tampered)) as viewer:
        viewer.wait_for_verdict("broken")
        expect(viewer.pill).to_have_text("Broken at record 36")
        assert viewer.statuses()[4] == "Broken"
        assert {*viewer.statuses()} == {"Broken", "Not proved", "Too new"}
        text = open_checks(viewer)
        assert "The listed record is not the one that was covered under its number." in text
        assert viewer.page.locator(".notice").count() == 0, "it is a verdict and no error"


def tampered_but_named(body: dict[str, Any]) -> None:
    """As the API answers when a stored record was changed: with the leaves that were covered."""
    tampered(body)
    leaves = covered_log().leaves
    for each in body["proof"]["records"]:
        if each["index"] < len(leaves):
            leaf = b64encode(leaves[each["index"]]).decode()
            body["proof"]["nodes"][f"0/{each['index']}"] = leaf


def test_beside_a_record_that_was_changed_the_others_are_proved(browser: Browser) -> None:
    prepare = changing_lists(tampered_but_named)
    with opened(browser, covered_log(), prepare=prepare) as viewer:
        viewer.wait_for_verdict("broken")
        expect(viewer.pill).to_have_text("Broken at record 36")
        expected = ["Too new"] * 2 + ["Witnessed"] * 2 + ["Broken"] + ["Witnessed"] * 35
        assert viewer.statuses() == expected
        assert not any("proof" in each for each in viewer.api.paths()), "nothing more was asked"


def cut_off(body: dict[str, Any]) -> None:
    """A checkpoint of another chain, which is shorter."""
    body["proof"]["checkpoint"] = shorter_log().checkpoint.encoded.decode()  # type: ignore[union-attr]


@cache
def shorter_log() -> SampleLog:
    return a_log(sample_events(20))


def forged(body: dict[str, Any]) -> None:
    """Another signature of the operator."""
    text: str = body["proof"]["checkpoint"]
    lines = text.split("\n")
    at = next(n for n, each in enumerate(lines) if each.startswith(f"— {LOG.name} "))
    last = lines[at][-8]
    lines[at] = lines[at][:-8] + ("A" if last != "A" else "B") + lines[at][-7:]
    body["proof"]["checkpoint"] = "\n".join(lines)


def other_event(body: dict[str, Any]) -> None:
    """The list names other events than its records."""
    body["data"][0]["id"] = body["data"][1]["id"]


def without_node(body: dict[str, Any]) -> None:
    body["proof"]["nodes"] = {}
    body["proof"]["records"] = body["proof"]["records"][:20]
    body["data"] = body["data"][:20]


@pytest.mark.parametrize("change", [cut_off, forged, other_event, without_node])
def test_an_answer_that_was_changed_is_broken(browser: Browser, change: Change) -> None:
    with opened(browser, covered_log(), prepare=changing_lists(change)) as viewer:
        viewer.wait_for_verdict("broken")
        assert viewer.pill.inner_text().startswith("Broken")
        assert not {*viewer.statuses()} & {"Witnessed", "Signed"}
        assert "What you see here was changed, or the proof was." in open_checks(viewer)


def test_a_witness_with_another_key_does_not_count(browser: Browser) -> None:
    stranger = {
        "name": FIRST.name,
        "vkey": replace(SECOND, name=FIRST.name, seed="x").witness_key.text,
    }

    def prepare(_: Page, api: FakeApi) -> None:
        keys = as_json({**LOG_KEYS, "witnesses": [stranger]})
        api.change = lambda path, _, answer: keys if path == "log-keys" else answer

    with opened(browser, covered_log(), prepare=prepare) as viewer:
        viewer.wait_for_verdict("operator")


POLICY = "log {log}\nwitness w {witness}\nquorum w\n"


@pytest.mark.parametrize(
    ("witness", "verdict"),
    [(FIRST.witness_key.text, "witnessed"), (SECOND.witness_key.text, "broken")],
)
def test_a_pasted_policy_replaces_the_servers_keys(
    browser: Browser, witness: str, verdict: str
) -> None:
    with opened(browser, covered_log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        open_checks(viewer)
        viewer.page.get_by_text("Use a policy of your own").click()
        viewer.page.get_by_label("Policy").fill(POLICY.format(log=LOG.key.text, witness=witness))
        viewer.page.get_by_role("button", name="Check with this policy").click()
        viewer.panel.locator(f".verdict[data-verdict={verdict}]").wait_for()
        viewer.wait_for_verdict(verdict)
        expect(viewer.page.get_by_role("button", name="Use the server's keys")).to_be_visible()
        if verdict == "witnessed":
            assert "From the policy that you pasted." in viewer.panel.inner_text()


def test_a_text_that_is_no_policy_is_a_mistake_and_no_verdict(browser: Browser) -> None:
    with opened(browser, covered_log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        open_checks(viewer)
        viewer.page.get_by_text("Use a policy of your own").click()
        viewer.page.get_by_label("Policy").fill("trust everybody")
        viewer.page.get_by_role("button", name="Check with this policy").click()
        expect(viewer.panel).to_contain_text("This is no policy: line 1")
        assert viewer.pill.get_attribute("data-verdict") == "witnessed"


def test_over_plain_http_the_browser_cannot_check_and_says_so(browser: Browser) -> None:
    """A page of http has no WebCrypto, unless it is of this machine."""

    def prepare(page: Page, api: FakeApi) -> None:
        def answer(route: Route) -> None:
            request = route.request
            target = request.url.removeprefix("http://audit.test")
            status, headers, body = api.answer(request.method, target, request.headers, b"")
            route.fulfill(status=status, headers=headers, body=body)

        page.route("http://audit.test/**", answer)

    with opened(browser, covered_log(), prepare=prepare) as viewer:
        viewer.page.goto(f"http://audit.test/api/v1/viewer#token={a_token('org_acme')}")
        viewer.wait_for_verdict("impossible")
        assert viewer.pill.inner_text() == "This browser cannot check here"
        assert {*viewer.statuses()} == {"Not checked"}
        assert "This does not say that anything is wrong." in open_checks(viewer)


def test_the_row_shows_the_record_that_was_checked_and_not_the_answer_beside_it(
    browser: Browser,
) -> None:
    def another_action(body: dict[str, Any]) -> None:
        for each in body["data"]:
            each["action"] = "forged.beside"

    with opened(browser, covered_log(), prepare=changing_lists(another_action)) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert "forged.beside" not in viewer.page.locator("table").inner_text()


def test_without_checkpoints_the_events_are_shown_and_called_unchecked(browser: Browser) -> None:
    def without(body: dict[str, Any]) -> None:
        reason = {"code": "not_found", "message": "This audit log makes no checkpoints."}
        body["proof"] |= {"checkpoint": None, "reason": reason, "nodes": {}}

    with opened(browser, covered_log(), prepare=changing_lists(without)) as viewer:
        viewer.wait_for_verdict("unavailable")
        assert {*viewer.statuses()} == {"Not checked"}
        assert "This audit log makes no checkpoints." in open_checks(viewer)
