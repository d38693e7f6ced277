"""How long the viewer takes in a real browser: `PYTHONPATH=tests python -m browser.figures`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from statistics import median

from browser.checking import open_checker
from browser.conftest import MISSING, PROGRAM
from browser.fake_api import FakeApi, a_token
from browser.fake_server import serving
from browser.opened_viewer import TENANT, WIDE, viewer_function
from browser.page_proofs import page_options, page_proof
from browser.sample_log import a_log, sample_events
from indelible.chain.segment import read_records
from playwright.sync_api import Browser, Page, sync_playwright
from support.builders import a_chain

CHAIN = 10_000
ROUNDS = 7
SCATTERED = [n * 7_919 % CHAIN for n in range(100)]
NEWEST = [*range(CHAIN - 1, CHAIN - 101, -1)]

_TIMED = """async ([options, rounds]) => {
  const times = [];
  for (let round = 0; round <= rounds; round += 1) {
    const began = performance.now();
    const { verdict } = await checker.checkPage(options);
    if (verdict !== "witnessed") throw new Error(verdict);
    times.push(performance.now() - began);
  }
  return times.slice(1);
}"""
_WATCH = """new MutationObserver((_, observer) => {
  if (!document.querySelector("tr.row")) return;
  observer.disconnect();
  window.drawn = performance.now();
  requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
}).observe(document, { childList: true, subtree: true });"""
_FIRST_ANSWER = """() => performance.getEntriesByType("resource")
  .find((each) => each.name.includes("/v1/events?")).responseEnd"""


def check_times(page: Page, records: Sequence[bytes], indexes: Sequence[int]) -> float:
    """The median time to check these records of a chain, in milliseconds."""
    options = page_options(page_proof(records, indexes))
    times: list[float] = page.evaluate(_TIMED, [options, ROUNDS])
    return median(times)


def paint_times(browser: Browser) -> tuple[float, float]:
    """Medians from the first answer until 100 rows are in the page, and until they are painted."""
    log, drawn, painted = a_log(sample_events(400)), [], []
    with redirect_stdout(StringIO()):  # the log of the function
        for _ in range(ROUNDS):
            with serving(FakeApi(log, viewer_function())) as api:
                page = browser.new_page(viewport=WIDE)
                page.add_init_script(_WATCH)
                page.goto(f"{api.page}#token={a_token(TENANT)}")
                page.wait_for_selector(".pill[data-verdict=witnessed]")
                answered = page.evaluate(_FIRST_ANSWER)
                drawn.append(page.evaluate("window.drawn") - answered)
                painted.append(page.evaluate("window.painted") - answered)
                page.close()
    return median(drawn), median(painted)


def main() -> None:
    program = shutil.which(PROGRAM)
    if program is None:
        raise SystemExit(MISSING)
    records = [read for each in a_chain(CHAIN, 100) for read in read_records(each)]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        with open_checker(browser) as checker:
            for name, indexes in (
                (f"{CHAIN:,} contiguous records checked", [*range(CHAIN)]),
                ("100 contiguous records checked", NEWEST),
                ("100 scattered records checked", SCATTERED),
            ):
                print(f"{name:40} {check_times(checker.page, records, indexes):7.1f} ms")
        drawn, painted = paint_times(browser)
        print(f"{'first answer to 100 rows in the page':40} {drawn:7.1f} ms")
        print(f"{'first answer to 100 rows painted':40} {painted:7.1f} ms")
        print(f"medians of {ROUNDS}, load {os.getloadavg()[0]:.1f}, Chromium {browser.version}")


if __name__ == "__main__":
    main()
