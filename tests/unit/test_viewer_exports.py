"""Exports of token holders: apart from those of the workspace, and from those of other tenants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from indelible.accounts.caller import Caller
from indelible.chain.segment import Segment
from indelible.errors import RateLimited
from indelible.export_file.lines import NOT_SHOWN, record_lines
from indelible.exporting.cancel import cancel_export
from indelible.exporting.job import Export, ExportStatus, next_revision
from indelible.exporting.link import has_link
from indelible.exporting.listed import MOST_PAGES, PAGE, list_exports
from indelible.exporting.requests import read_export_request
from indelible.exporting.start import MAX_UNFINISHED, start_export
from indelible.filters import read_filters
from support.builders import SECOND, a_caller, a_chain
from support.tampering import (
    with_a_byte_changed,
    with_a_fitting_prefix,
    with_another_event_hash,
    with_another_hash_before,
    with_other_prefixes,
)
from unit.export_driver import ExportDriver

MINE, OTHER, KEY = a_caller(tenant_id="mine"), a_caller(tenant_id="other"), a_caller()


def start(driver: ExportDriver, caller: Caller) -> Export:
    export = read_export_request(caller, {}, driver.now, driver.entropy)
    start_export(driver.exports, driver.queue, export, driver.entropy)
    driver.now += SECOND
    return export


def a_driver() -> ExportDriver:
    return ExportDriver(a_chain(3, 3))


def test_a_tenant_has_one_unfinished_export_whatever_others_have() -> None:
    driver = a_driver()
    for _ in range(MAX_UNFINISHED):
        start(driver, KEY)
    start(driver, OTHER)
    mine = start(driver, MINE)
    with pytest.raises(RateLimited, match="1 unfinished export,") as refused:
        start(driver, MINE)
    assert refused.value.retry_after
    start(driver, a_caller(tenant_id="mine", actor_id="a"))
    cancel_export(driver.exports, MINE, mine.id, driver.now, driver.entropy)
    start(driver, MINE)


def test_token_holders_take_no_place_of_the_workspace() -> None:
    driver = a_driver()
    for number in range(20):
        start(driver, a_caller(tenant_id=f"tenant {number}"))
    for _ in range(MAX_UNFINISHED):
        start(driver, KEY)


def test_an_export_of_a_token_holder_has_no_link_even_for_a_key() -> None:
    driver = a_driver()
    for caller, expected in ((KEY, True), (MINE, False), (a_caller(actor_id="a"), False)):
        export = start(driver, caller)
        assert not has_link(export)
        done = next_revision(export, driver.entropy, status=ExportStatus.COMPLETED)
        assert has_link(done) is expected


def listed(driver: ExportDriver, caller: Caller, limit: int) -> list[str]:
    """The ids on all pages of a list."""
    found: list[str] = []
    after = None
    while True:
        page = list_exports(driver.exports, caller, limit, after, driver.now)
        found += [each.id for each in page.exports]
        assert len(page.exports) <= limit
        if page.next is None:
            return found
        assert page.next not in hidden(driver, caller)
        after = page.next


def hidden(driver: ExportDriver, caller: Caller) -> set[str]:
    """The ids of the exports that a caller may not see."""
    return {
        each.id
        for each in driver.exports.stored.values()
        if caller.holds_token and each.forced_filters != caller.forced_filters
    }


def store(driver: ExportDriver, caller: Caller, count: int = 1) -> list[str]:
    """The ids of exports without a place, newest first."""
    made: list[str] = []
    for _ in range(count):
        export = read_export_request(caller, {}, driver.now, driver.entropy)
        driver.exports.create(export)
        made.insert(0, export.id)
        driver.now += SECOND // 1_000
    return made


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_a_list_has_only_exports_of_the_same_token_holders(limit: int) -> None:
    driver = a_driver()
    expected: list[str] = []
    for caller in (MINE, OTHER, MINE, KEY, KEY, MINE, OTHER):
        made = store(driver, caller)
        expected = made + expected if caller is MINE else expected
    assert listed(driver, MINE, limit) == expected
    assert len(listed(driver, KEY, limit)) == 7


def test_a_list_finds_exports_behind_thousands_of_others_and_never_names_those() -> None:
    driver = a_driver()
    oldest = store(driver, MINE)
    store(driver, OTHER, 2 * MOST_PAGES * PAGE + 50)
    newest = store(driver, MINE)
    first = list_exports(driver.exports, MINE, 2, None, driver.now)
    assert [each.id for each in first.exports] == newest
    assert first.next
    assert listed(driver, MINE, 2) == newest + oldest


@pytest.mark.parametrize(
    "damage",
    [
        with_a_byte_changed,
        with_a_fitting_prefix,
        with_another_event_hash,
        with_another_hash_before,
        with_other_prefixes,
    ],
)
def test_a_file_for_a_token_holder_has_no_record_that_does_not_match(
    damage: Callable[[Segment], Segment],
) -> None:
    """A key's file keeps all records of a damaged segment, because any may have been changed."""
    segment = damage(a_chain(9, 3)[1])
    matches = read_filters({"tenant_id": "mine"}).matches
    kept = record_lines(segment, 1, 9, matches)
    assert b"user_2hG9kL" in kept.text
    shown = record_lines(segment, 1, 9, matches, with_evidence=False)
    assert b"user_2hG9kL" not in shown.text
    assert shown.text.count(b"\n") == 3
    assert shown.events == 0


def test_a_file_for_a_token_holder_never_quotes_why_a_segment_cannot_be_read() -> None:
    segment = replace(a_chain(3, 3)[0], records=b"not compressed")
    matches = read_filters({"tenant_id": "mine"}).matches
    shown = record_lines(segment, 1, 3, matches, with_evidence=False)
    assert f'"unreadable":"{NOT_SHOWN}"'.encode() in shown.text
