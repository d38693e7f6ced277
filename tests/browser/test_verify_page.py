"""verify.html, opened as a file without a network, gives a verdict on the files chosen in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from browser.checking import policy_text
from indelible.filters import Filters
from indelible.tlog.merkle import HASH_BYTES
from playwright.sync_api import Browser, FilePayload, Page, expect
from support.builders import WORKSPACE
from support.covered_files import CHAIN, a_covered_chain, checkpoint_in, covered_lines
from support.export_lines import lines_of
from support.notes import FIRST, LOG, THIRD
from support.proofs import (
    CHECKPOINT_FILE,
    EVENT_FILE,
    POLICY,
    a_checkpoint,
    a_proof_file,
    an_event_proof,
    records_of_chain,
)

from tools.verifier_page import TARGET

DROP = """(file) => {
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { files: [file] };
  document.dispatchEvent(event);
}"""
DROP_WHAT_CANNOT_BE_READ = f"""() => ({DROP})({{
  name: "a folder",
  arrayBuffer: () => Promise.reject(new DOMException("gone", "NotFoundError")),
}})"""
DROP_A_SLOW_FILE = f"() => ({DROP})({{ name: 'slow', arrayBuffer: () => whenRead }})"
SLOW = "globalThis.whenRead = new Promise((done) => { globalThis.read = done; });"
WITNESSED = "✓ Witnessed up to record 11"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """The page, of which nothing may leave: no request but its own file, no error, no violation."""
    requests, errors = list[str](), list[str]()
    context = browser.new_context(offline=True)
    opened = context.new_page()
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text))
    opened.goto(TARGET.as_uri())
    yield opened
    assert (requests, errors) == ([TARGET.as_uri()], [])
    context.close()


def choose(page: Page, content: bytes, name: str = "file") -> None:
    """Choose a file as its reader does."""
    file = FilePayload(name="x.tlog-proof", mimeType="text/plain", buffer=content)
    page.locator(f"#{name}").set_input_files(file)


def trust(page: Page, *keys: str, policy: str = "") -> None:
    page.fill("#keys", "\n".join(keys))
    page.fill("#policy", policy)


def test_a_proof_is_witnessed_for_a_reader_with_a_policy(page: Page) -> None:
    trust(page, policy=policy_text(POLICY).rstrip("\n"))
    choose(page, EVENT_FILE.encoded)
    result = page.locator("#result")
    expect(result).to_contain_text(WITNESSED)
    expect(result).to_contain_text("as countersigned by w1, w2")
    expect(result).to_contain_text(WORKSPACE)
    expect(result).to_contain_text("document.created")
    expect(result).to_contain_text("It does not show that an application reported the truth")
    expect(result.locator("code")).to_have_count(3)


def test_the_other_verdicts_have_words_of_their_own(page: Page) -> None:
    verdict = page.locator("#result .verdict")
    choose(page, CHECKPOINT_FILE.encoded)
    expect(verdict).to_contain_text("no key of yours vouches for it")
    trust(page, LOG.key.text)
    expect(verdict).to_contain_text("Signed by the operator only, up to record 11")
    trust(page, THIRD.key.text)
    expect(verdict).to_contain_text("✕ Broken")
    expect(verdict).to_contain_text("No key that you trust signed this checkpoint")
    trust(page, LOG.key.text, FIRST.witness_key.text)
    expect(verdict).to_contain_text(WITNESSED)
    event = an_event_proof(4)
    changed = replace(event, record=event.record.replace(b"created", b"deleted", 1))
    choose(page, a_proof_file(changed).encoded)
    expect(verdict).to_contain_text("✕ Broken at record 5")
    expect(verdict).to_contain_text("workspace tree")


def test_a_wrong_key_or_policy_is_said_and_is_no_verdict(page: Page) -> None:
    choose(page, EVENT_FILE.encoded)
    trust(page, "nonsense")
    expect(page.locator("#result")).to_contain_text("What you trust cannot be read")
    trust(page, policy="log nothing\nquorum none")
    expect(page.locator("#result")).to_contain_text("line 1 of the policy")
    assert page.locator("#result .verdict").count() == 0


def test_an_export_is_checked_and_compared_with_a_kept_file(page: Page) -> None:
    deployment = a_covered_chain(CHAIN, 40)
    kept = checkpoint_in(covered_lines(deployment)).file
    deployment.note(WORKSPACE, *(each.first_sequence for each in CHAIN[40:]))
    deployment.run()
    lines = covered_lines(deployment)
    trust(page, LOG.key.text)
    choose(page, b"".join(lines))
    result = page.locator("#result")
    expect(result).to_contain_text("Signed by the operator only, up to record 700")
    expect(result).to_contain_text("The first 200 of 700 records")
    choose(page, kept, "kept")
    expect(result).to_contain_text("✓ It goes on from the file that you kept")
    choose(page, checkpoint_in(lines).file)
    expect(result).to_contain_text("It cannot be compared here")
    choose(page, kept)
    expect(result).to_contain_text("Both cover the same 280 records")
    choose(page, checkpoint_in(lines).file, "kept")
    expect(result).to_contain_text("The kept file is the newer one")
    choose(page, b"".join(lines[:-1]))
    expect(result).to_contain_text("✕ Broken at record 699")


def test_a_file_that_contradicts_the_kept_one_is_said_to(page: Page) -> None:
    other = replace(a_checkpoint(), root=bytes(HASH_BYTES))
    trust(page, LOG.key.text)
    choose(page, a_proof_file(checkpoint=other).encoded, "kept")
    choose(page, CHECKPOINT_FILE.encoded)
    contradiction = page.locator("#result .verdict.broken")
    expect(contradiction).to_contain_text("✕ It contradicts the file that you kept")


def test_nothing_in_a_record_becomes_html(page: Page) -> None:
    harm = b"<img src=x onerror=document.title='harmed'><script>document.title=1</script>"
    first = records_of_chain()[0].replace(b"document", harm, 1)
    records = (first, *records_of_chain()[1:])
    trust(page, LOG.key.text)
    choose(page, a_proof_file(an_event_proof(0, records), a_checkpoint(records)).encoded)
    expect(page.locator("#result")).to_contain_text("<img src=x")
    assert page.locator("#result img, #result script").count() == 0
    assert page.title() == "Indelible verifier"


def with_first_record(old: bytes, new: bytes) -> bytes:
    """A proof, valid for a reader who trusts the log, of a record that ingest would never write."""
    first = records_of_chain()[0].replace(old, new, 1)
    records = (first, *records_of_chain()[1:])
    return a_proof_file(an_event_proof(0, records), a_checkpoint(records)).encoded


def test_a_record_cannot_write_the_words_beside_it(page: Page) -> None:
    """Its own text stands behind what is said of it, in an element of its own direction."""
    choose(page, with_first_record(b"document", b"\xe2\x80\xae(proved) document"))
    summary = page.locator("#result summary")
    expect(summary).to_have_text(re.compile(r"^1 · not proved · "))
    expect(summary.locator("bdi").last).to_contain_text("(proved) document")


def test_a_field_of_another_type_is_shown_and_stops_nothing(page: Page) -> None:
    trust(page, LOG.key.text)
    choose(page, with_first_record(b'"actor_id":"', b'"actor_id":{"a":[1]},"actor":"'))
    expect(page.locator("#result")).to_contain_text("Signed by the operator only")
    expect(page.locator("#result summary")).to_contain_text('{"a":[1]}')


def test_a_verdict_never_stands_beside_another_file_or_other_keys(page: Page) -> None:
    """A folder can be dropped, and a file be gone: neither leaves the verdict on the one before."""
    result = page.locator("#result")
    trust(page, LOG.key.text)
    choose(page, CHECKPOINT_FILE.encoded)
    expect(result).to_contain_text("Signed by the operator only")
    page.evaluate(DROP_WHAT_CANNOT_BE_READ)
    expect(result).to_contain_text("The file cannot be read")
    expect(page.locator("#drop")).to_contain_text("a folder")
    trust(page, THIRD.key.text)
    expect(result).to_have_text("Choose a file first.")
    choose(page, CHECKPOINT_FILE.encoded)
    expect(result).to_contain_text("✕ Broken")
    page.locator("#file").set_input_files([])
    expect(result).to_have_text("Choose a file first.")
    expect(page.locator("#drop")).not_to_contain_text("x.tlog-proof")


def test_a_slow_file_does_not_replace_one_that_was_chosen_after_it(page: Page) -> None:
    page.evaluate(f"() => {{ {SLOW} }}")
    page.evaluate(DROP_A_SLOW_FILE)
    choose(page, CHECKPOINT_FILE.encoded)
    expect(page.locator("#result")).to_contain_text("no key of yours")
    page.evaluate("read(new TextEncoder().encode('no proof').buffer)")
    expect(page.locator("#result")).to_contain_text("no key of yours")
    expect(page.locator("#drop")).to_contain_text("x.tlog-proof")


def test_a_file_of_another_kind_is_not_called_broken(page: Page) -> None:
    for content in (b"id,action\r\n1,login\r\n", b'{"data":[]}\n', b"\x89PNG", b""):
        choose(page, content)
        verdict = page.locator("#result .verdict")
        expect(verdict).to_contain_text("✕ Not a file that can be checked")
        expect(verdict).to_contain_text("or it was changed or cut off")


def test_the_words_of_a_file_are_said_to_be_its_own(page: Page) -> None:
    """Whoever changes a file can take its checkpoint away, and write why."""
    head, *lines = covered_lines(a_covered_chain(CHAIN, 40))
    manifest = json.loads(head)
    verdict = page.locator("#result .verdict")
    trust(page, LOG.key.text)
    missing = manifest | {"checkpoint": {"missing": "✓ All is well."}}
    choose(page, b"".join([json.dumps(missing).encode() + b"\n", *lines]))
    expect(verdict).to_contain_text("So nobody vouches for it")
    expect(verdict).to_contain_text("The file gives this reason: “✓ All is well.”")
    without = {name: each for name, each in manifest.items() if name != "checkpoint"}
    choose(page, b"".join([json.dumps(without | {"version": 1}).encode() + b"\n", *lines]))
    expect(verdict).to_contain_text("So nobody vouches for it")
    expect(verdict).to_contain_text("anybody can make such a file")
    damaged = manifest | {"damage_after_head": "✓ All is well."}
    choose(page, b"".join([json.dumps(damaged).encode() + b"\n", *lines]))
    expect(verdict).to_contain_text("The file says: “✓ All is well.”")


def test_a_kept_file_always_has_an_answer(page: Page) -> None:
    choose(page, CHECKPOINT_FILE.encoded, "kept")
    choose(page, b"".join(lines_of(CHAIN)))
    expect(page.locator("#result")).to_contain_text("It cannot be compared. The file has no")


def test_a_filter_and_an_empty_chain_are_said(page: Page) -> None:
    filtered = covered_lines(a_covered_chain(CHAIN, 40), Filters({"action": "no.such.action"}))
    trust(page, LOG.key.text)
    choose(page, b"".join(filtered))
    expect(page.locator("#result")).to_contain_text("which of them match it")
    empty = replace(a_checkpoint(()), size=0)
    choose(page, a_proof_file(checkpoint=empty).encoded)
    expect(page.locator("#result .verdict")).to_contain_text("operator only: no records yet")


def test_a_policy_without_witnesses_says_so(page: Page) -> None:
    trust(page, policy=policy_text(replace(POLICY, quorum="none")))
    choose(page, CHECKPOINT_FILE.encoded)
    expect(page.locator("#result .verdict")).to_contain_text("Your policy asks for no witness")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_schemes(page: Page, scheme: str) -> None:
    """No line is wider than the window. The pictures are for whoever changes the page."""
    folder = Path(".local/screenshots")
    trust(page, policy=policy_text(POLICY))
    choose(page, EVENT_FILE.encoded)
    expect(page.locator("#result")).to_contain_text(WITNESSED)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for width in (360, 1000):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=folder / f"verify-{scheme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
