"""Runs the page's checking code in a browser on many inputs at once, and Python's verifier too."""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from indelible.checkpoints.proof_file import read_proof_file
from indelible.errors import Unreadable
from indelible.tlog.policy import Policy
from indelible.verifying.coverage import Assurance
from indelible.verifying.proof import FailedStep, verify_proof
from playwright.sync_api import Browser, Page, Route

from tools.local.settings import ROOT

CHECKING = ROOT / "functions/viewer/page/checking"
_ORIGIN = "https://checker.example"
_LOAD = "import('/index.js').then((module) => { globalThis.checker = module; })"
_RUN = """async ({ call, whole, patches, options }) => {
  const bytesOf = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const [base, verdicts] = [bytesOf(whole), []];
  for (const [start, end, middle] of patches) {
    const changed = bytesOf(middle);
    const bytes = new Uint8Array(base.length - (end - start) + changed.length);
    bytes.set(base.subarray(0, start));
    bytes.set(changed, start);
    bytes.set(base.subarray(end), start + changed.length);
    const { records, manifest, ...verdict } = await checker[call](bytes, options);
    const shown = records.map(({ event, ...each }) => each);
    verdicts.push({ ...verdict, records: shown });
  }
  return verdicts;
}"""
_PAGES = """async (all) => {
  const verdicts = [];
  for (const each of all) {
    const { records, ...verdict } = await checker.checkPage(each);
    verdicts.push({ ...verdict, records: records.map(({ event, ...each }) => each) });
  }
  return verdicts;
}"""

Verdict = dict[str, Any]
"""What the browser returns, without the records' parsed fields."""


@dataclass(frozen=True)
class Checker:
    """A page of the browser in which the checking code is loaded."""

    page: Page

    def proofs(self, whole: bytes, changed: Iterable[bytes], **options: Any) -> list[Verdict]:
        """The verdict on each of these files, which are like `whole`."""
        return self._run("checkProofFile", whole, changed, options)

    def proof(self, file: bytes, **options: Any) -> Verdict:
        """The verdict on a proof file or checkpoint file."""
        return self.proofs(file, [file], **options)[0]

    def exports(self, whole: bytes, changed: Iterable[bytes], **options: Any) -> list[Verdict]:
        """The verdict on each of these export files, which are like `whole`."""
        return self._run("checkExportFile", whole, changed, options)

    def export(self, file: bytes, **options: Any) -> Verdict:
        """The verdict on an export file."""
        return self.exports(file, [file], **options)[0]

    def pages(self, options: Iterable[Mapping[str, Any]]) -> list[Verdict]:
        """The verdict on each page of events; each has all options of `checkPage`."""
        return list(self.page.evaluate(_PAGES, list(options)))

    def _run(
        self, call: str, whole: bytes, changed: Iterable[bytes], options: dict[str, Any]
    ) -> list[Verdict]:
        patches = [_patch(whole, each) for each in changed]
        given = {"call": call, "whole": _text(whole), "patches": patches, "options": options}
        return list(self.page.evaluate(_RUN, given))


@contextmanager
def open_checker(browser: Browser) -> Iterator[Checker]:
    """Load the checking code from its files, without a server."""
    page = browser.new_page()
    page.route(f"{_ORIGIN}/**", _serve)
    page.goto(f"{_ORIGIN}/")
    page.evaluate(_LOAD)
    yield Checker(page)
    page.close()


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(f"{_ORIGIN}/")
    if name:
        route.fulfill(path=CHECKING / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


def _patch(whole: bytes, changed: bytes) -> tuple[int, int, str]:
    """What makes `changed` of `whole`: other bytes from one place to another, in base64."""
    start = _common(whole, changed)
    same = _common(whole[start:][::-1], changed[start:][::-1])
    return start, len(whole) - same, _text(changed[start : len(changed) - same])


def _common(left: bytes, right: bytes) -> int:
    """The number of bytes with which both begin."""
    lengths = range(1, min(len(left), len(right)) + 1)
    return bisect(lengths, 0, key=lambda length: left[:length] != right[:length])


def _text(plain: bytes) -> str:
    return b64encode(plain).decode()


def policy_text(policy: Policy) -> str:
    """The policy as a file."""
    lines = [f"log {each.text}" for each in policy.logs]
    lines += [f"witness {name} {each.text}" for name, each in policy.witnesses.items()]
    lines += [
        f"group {name} {each.threshold} {' '.join(each.members)}"
        for name, each in policy.groups.items()
    ]
    return "".join(f"{each}\n" for each in (*lines, f"quorum {policy.quorum}"))


def shown(verdict: Verdict) -> tuple[object, ...]:
    """What is compared of a verdict: the outcome, the failed step, and what is covered."""
    if verdict["brokenAt"]:
        return verdict["verdict"], verdict["brokenAt"]["step"]
    cosigned = {each["name"]: each["time"] for each in verdict["witnesses"]}
    return verdict["verdict"], verdict["size"], verdict["time"], verdict["logSize"], cosigned


def shown_by_python(file: bytes, policy: Policy) -> tuple[object, ...]:
    """The same of Python's verdict on a proof file."""
    try:
        found = verify_proof(read_proof_file(file), policy)
    except Unreadable:
        return "broken", "file"
    except FailedStep as error:
        return "broken", error.step.value
    outcome = "witnessed" if found.assurance is Assurance.WITNESSED else "operator"
    time = found.run_time if found.witnessed_at is None else found.witnessed_at
    return outcome, found.checkpoint.size, time, found.log_size, {**found.cosigned_at}
