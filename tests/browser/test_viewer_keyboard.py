"""Without a mouse: filter, open, verify and export; and what people with a screen reader hear."""

from __future__ import annotations

import json
from functools import cache

from browser.opened_viewer import PHONE, WIDE, Viewer, opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, ViewportSize, expect
from support.handlers import ROOT

AXE = ROOT / "clients/js/node_modules/axe-core/axe.min.js"


@cache
def log() -> SampleLog:
    return a_log(sample_events(60), covered=58)


def focused(viewer: Viewer) -> str:
    """The name or the text of what has the focus."""
    found: str = viewer.page.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    return found.strip()


def wait_for_focus(viewer: Viewer, name: str) -> None:
    """Wait until something with this name has the focus."""
    viewer.wait_until(lambda: focused(viewer) == name)


def tab_to(viewer: Viewer, name: str) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(40):
        if focused(viewer) == name:
            return
        viewer.page.keyboard.press("Tab")
    raise AssertionError(name)


def test_filter_open_verify_and_export_with_keys_alone(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        page, keys = viewer.page, viewer.page.keyboard
        tab_to(viewer, "Filter")
        keys.press("Enter")
        wait_for_focus(viewer, "Field")
        keys.press("Tab")
        keys.type("user.login")
        keys.press("Enter")
        page.wait_for_url("**?action=user.login")
        viewer.wait_for_verdict("witnessed")

        tab_to(viewer, "user.login")
        keys.press("ArrowDown")
        keys.press("j")
        keys.press("k")
        keys.press("Enter")
        expect(viewer.panel.locator("h2")).to_be_focused()
        wait_for_focus(viewer, "user.login")
        expect(page.locator("tr[aria-current] td.number")).to_have_text(
            viewer.rows.nth(1).locator(".number").inner_text()
        )
        tab_to(viewer, "Proof file")
        with page.expect_download():
            keys.press("Enter")
        keys.press("Escape")
        expect(viewer.panel).to_be_hidden()
        assert page.evaluate("document.activeElement.className") == "open"

        keys.press("v")
        wait_for_focus(viewer, "What was checked")
        tab_to(viewer, "Check every event of this view")
        keys.press("Enter")
        viewer.panel.get_by_text("events checked.").wait_for()
        keys.press("Escape")

        keys.press("e")
        wait_for_focus(viewer, "Export")
        tab_to(viewer, "CSV, for a spreadsheet")
        with page.expect_download():
            keys.press("Enter")
        keys.press("Escape")
        keys.press("/")
        keys.type("billing")
        keys.press("Enter")
        page.wait_for_url("**&search=billing")


def test_single_keys_can_be_switched_off(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.page.keyboard.press("?")
        viewer.page.get_by_label("Single keys do this").uncheck()
        viewer.page.keyboard.press("Escape")
        viewer.page.keyboard.press("v")
        expect(viewer.panel).to_be_hidden()


def test_the_days_of_the_chart_are_one_stop_with_arrows(browser: Browser) -> None:
    with opened(browser, log()) as viewer:
        viewer.wait_for_chart()
        assert viewer.page.locator(".day-bar[tabindex='0']").count() == 1
        viewer.page.locator(".day-bar").last.focus()
        viewer.page.keyboard.press("ArrowLeft")
        viewer.wait_until(lambda: focused(viewer).endswith("on 26 Nov 2026"))


def serious(viewer: Viewer) -> list[str]:
    """The serious findings of axe."""
    viewer.page.evaluate(AXE.read_text() + "; undefined")
    found = viewer.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{each['id']}: {json.dumps([node['html'][:120] for node in each['nodes'][:3]])}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


def test_axe_finds_nothing_serious_in_any_state(browser: Browser) -> None:
    for theme, size in (("light", WIDE), ("dark", PHONE)):
        with opened(browser, log(), color_scheme=theme, size=size) as viewer:
            viewer.wait_for_verdict("witnessed")
            viewer.wait_for_chart()
            assert serious(viewer) == [], (theme, size, "table")
            viewer.open_row(4)
            assert serious(viewer) == [], (theme, size, "opened")
            viewer.page.keyboard.press("Escape")
            viewer.pill.click()
            assert serious(viewer) == [], (theme, size, "checks")
            viewer.page.keyboard.press("Escape")
            viewer.page.keyboard.press("e")
            assert serious(viewer) == [], (theme, size, "export")
            viewer.page.keyboard.press("Escape")
            viewer.page.keyboard.press("t")
            assert serious(viewer) == [], (theme, size, "times")
            viewer.page.keyboard.press("Escape")
            viewer.page.keyboard.press("?")
            assert serious(viewer) == [], (theme, size, "keys")


def test_axe_finds_nothing_serious_without_events(browser: Browser) -> None:
    for token, query in ((None, ""), ("default", "?actor_id=nobody")):
        arguments = {} if token else {"token": None}
        with opened(browser, log(), query=query, **arguments) as viewer:  # type: ignore[arg-type]
            viewer.page.locator(".notice").wait_for()
            assert serious(viewer) == []


def test_at_200_percent_and_on_a_phone_nothing_is_cut_off_sideways(browser: Browser) -> None:
    sizes: list[ViewportSize] = [{"width": 720, "height": 450}, {"width": 320, "height": 640}]
    for size in sizes:
        with opened(browser, log(), size=size) as viewer:
            viewer.wait_for_verdict("witnessed")
            wide = viewer.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"]
            viewer.open_row(1)
            assert viewer.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_with_reduced_motion_nothing_moves(browser: Browser) -> None:
    with opened(browser, log(), reduced_motion="reduce") as viewer:
        viewer.wait_for_verdict("witnessed")
        viewer.rows.first.evaluate("(row) => row.classList.add('new')")
        assert viewer.page.evaluate("document.getAnimations().length") == 0
