"""An opened event: every field readable, its exact JSON, its proof file, and what was checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from browser.opened_viewer import Viewer, opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, expect

HTML = "<img src=x onerror=alert(1)>"
ARABIC = "تقرير مالي"
FAMILY = "👩‍👩‍👧‍👦 🇯🇵"
REORDERED = "report\u202etxt.exe"

EVENT: dict[str, object] = {
    "actor_id": "user_2hG9kLm",
    "actor_name": ARABIC,
    "actor_type": "user",
    "action": "document.shared",
    "action_category": "update",
    "resource": "document",
    "resource_id": "doc_8nXpQr3",
    "resource_name": HTML,
    "metadata": {
        "balance": 18_446_744_073_709_551_615,
        "rate": 1.0,
        "file": REORDERED,
        "__proto__": "kept",
        "owner": {"address": {"city": {"name": FAMILY}}},
        "lines": [*range(150)],
        "nothing": None,
        "empty": {},
        "text": "first line\nsecond line",
    },
    "targets": [
        {"type": "team", "id": "team_5bR7cNx", "name": "Engineering", "metadata": {"members": 12}},
        {"type": "user", "id": "user_9pK3mNq"},
    ],
    "occurred_at": "2026-11-26T12:00:00.500000Z",
    "session_id": "ses_4tY8wPz",
    "tenant_id": "org_acme",
    "ip_address": "2001:db8::7",
    "user_agent": "Mozilla/5.0",
    "idempotency_key": "share-1",
    "version": 3,
}


@cache
def log() -> SampleLog:
    return a_log([*sample_events(3), EVENT])


def test_every_field_is_readable_and_nothing_is_markup(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        viewer.panel.get_by_text("150 items").click()
        viewer.page.get_by_role("button", name="Show more of 150").click()
        text = viewer.panel.inner_text()
        record = json.loads(log().records[3])
        for name in ("actor_id", "actor_name", "action", "resource_name", "ip_address", "id"):
            assert record[name] in text
        for value in (
            "18446744073709551615", HTML, ARABIC, "kept", "report⟦U+202E⟧txt.exe", "2001:db8::7",
            "Engineering", "user_9pK3mNq", "share-1", "first line\nsecond line", "{ }", "null",
        ):  # fmt: skip
            assert value in text, value
        viewer.panel.get_by_text("1 field", exact=True).last.click()
        expect(viewer.panel).to_contain_text(FAMILY)
        assert viewer.page.locator("img").count() == 0
        arabic = viewer.panel.locator(".text", has_text=ARABIC)
        assert arabic.evaluate("(each) => getComputedStyle(each).direction") == "rtl"


def test_a_plain_sentence_says_what_was_checked(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        expect(viewer.panel.locator(".verdict")).to_contain_text(
            "This record is exactly what the log held at 27 Nov 2026, 09:58:30: its hash leads to "
            "a checkpoint of 4 events that the operator signed and witness.example/first "
            "countersigned."
        )


def test_the_copied_json_is_the_record_byte_by_byte(browser: Browser) -> None:
    with opened(browser, log(), permissions=["clipboard-read", "clipboard-write"]) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        viewer.page.get_by_role("button", name="Copy JSON").click()
        expect(viewer.panel.locator(".said")).to_have_text("Copied, exactly as it was recorded.")
        copied = viewer.page.evaluate("navigator.clipboard.readText()")
        assert copied.encode() == log().records[3]
        viewer.panel.locator("details.json summary").click()
        shown = viewer.panel.locator("details.json pre").text_content()
        assert shown
        assert '"balance": 18446744073709551615' in shown
        assert '"rate": 1.0' in shown
        assert json.loads(shown) == json.loads(log().records[3])


def test_the_proof_file_is_that_of_the_api(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        with viewer.page.expect_download() as download:
            viewer.page.get_by_role("button", name="Proof file").click()
        event_id = json.loads(log().records[3])["id"]
        assert download.value.suggested_filename == f"{event_id}.tlog-proof"
        assert download.value.path().read_bytes() == log().proof_file(3)


def test_an_event_that_is_not_in_the_list_is_opened_by_its_address_and_checked(
    browser: Browser,
) -> None:
    event_id = json.loads(log().records[0])["id"]
    query = f"?search=nothing-like-this&event={event_id}"
    with opened(browser, log(), query=query) as viewer:
        viewer.panel.locator(".verdict.witnessed").wait_for()
        assert event_id in viewer.panel.inner_text()
        viewer.page.keyboard.press("Escape")
        expect(viewer.panel).to_be_hidden()
        assert viewer.page.url.endswith("?search=nothing-like-this")


def test_an_unknown_event_is_said_to_be_missing(browser: Browser) -> None:
    with opened(browser, log(), query="?event=019ab2f4-5c1e-7d3a-9d41-5f0c8e6a2b17") as viewer:
        viewer.panel.get_by_text("There is no such event").wait_for()


def test_a_field_narrows_the_view_to_its_value(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.open_row(1)
        viewer.page.get_by_role("button", name="Show only events with this action").click()
        viewer.page.wait_for_url("**?action=document.shared")
        expect(viewer.page.locator(".chip")).to_have_count(1)


def large_metadata() -> dict[str, Any]:
    """Metadata of about 64 KB, twice, so that the event has nearly 128 KB."""
    return {
        "lines": [f"line {each} of a long report" for each in range(1_000)],
        "text": "x" * 25_000,
    }


def open_times(viewer: Viewer) -> Iterator[float]:
    """Milliseconds to open the first event, again and again: a busy machine is not always slow."""
    for _ in range(5):
        viewer.page.keyboard.press("Escape")
        began = viewer.page.evaluate("performance.now()")
        viewer.open_row(1)
        yield viewer.page.evaluate("performance.now()") - began


def test_an_event_of_128_kb_opens_quickly_and_whole(browser: Browser) -> None:
    target = {"type": "report", "metadata": large_metadata()}
    big: dict[str, object] = {
        "actor_id": "u",
        "action": "report.made",
        "tenant_id": "org_acme",
        "metadata": large_metadata(),
        "targets": [target],
    }
    with opened(browser, a_log([big])) as viewer:
        viewer.wait_for_verdict("witnessed")
        assert any(each < 2_000 for each in open_times(viewer))
        assert viewer.panel.locator("dd").count() < 400
        viewer.page.get_by_role("button", name="Show all 25,000 characters").first.click()
        assert "x" * 25_000 in viewer.panel.inner_text()
