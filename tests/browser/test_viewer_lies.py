"""A server that lies or breaks: the page says so in words, and never vouches for what it got."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from browser.fake_api import Answer, FakeApi, as_json, failure
from browser.fake_lists import Query
from browser.opened_viewer import opened
from browser.sample_log import SampleLog, a_log, sample_events
from playwright.sync_api import Browser, Page

Json = Any
MACHINE_WORDS = ["undefined", "Cannot ", "is not iterable", "is not a function", "NaN", "[object"]


@cache
def log() -> SampleLog:
    return a_log(sample_events(12))


def lying(wanted: str, lie: Callable[[Json], Json]) -> Callable[[Page, FakeApi], None]:
    """An API whose answer at one path is a lie."""

    def prepare(_: Page, api: FakeApi) -> None:
        def change(path: str, query: Query, answer: Answer) -> Answer:
            if path != wanted:
                return answer
            status, headers, body = answer
            return status, headers, json.dumps(lie(json.loads(body))).encode()

        api.change = change

    return prepare


def replaced(place: str, value: Json) -> Callable[[Json], Json]:
    """A lie that puts a value in one place of an answer, such as `proof.records.0`."""

    def lie(answer: Json) -> Json:
        *path, last = [int(each) if each.isdigit() else each for each in place.split(".")]
        inner = answer
        for each in path:
            inner = inner[each]
        inner[last] = value
        return answer

    return lie


LISTS: dict[str, Callable[[Json], Json]] = {
    "null": lambda _: None,
    "a list": lambda _: [],
    "a number": lambda _: 7,
    "no pagination": replaced("pagination", None),
    "no data": replaced("data", None),
    "data of text": replaced("data", "text"),
    "an event of null": replaced("data.0", None),
    "records of text": replaced("proof.records", "text"),
    "a record of null": replaced("proof.records.0", None),
    "a record of a number": replaced("proof.records.0.record", 5),
    "a record that is no JSON": replaced("proof.records.0.record", "{"),
    "an index of text": replaced("proof.records.0.index", "<b>"),
    "nodes of null": replaced("proof.nodes", None),
    "a node of rubbish": replaced("proof.nodes", {"0/0": 1, "x": "y"}),
    "a checkpoint of a number": replaced("proof.checkpoint", 5),
    "a checkpoint of rubbish": replaced("proof.checkpoint", "rubbish\n"),
    "a proof of text": replaced("proof", "text"),
    "a proof of true": replaced("proof", True),
    "a total of text": replaced("pagination.total", "x"),
    "a bad reason": replaced("proof.reason", "text"),
}


@pytest.mark.parametrize("name", [*LISTS])
def test_a_malformed_list_is_named_in_words(browser: Browser, name: str) -> None:
    with opened(browser, log(), prepare=lying("events", LISTS[name])) as viewer:
        viewer.wait_for_checks()
        text = viewer.page.locator("body").inner_text()
        assert not [each for each in MACHINE_WORDS if each in text]
        assert "Checking" not in viewer.statuses()


OTHERS: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "keys of null": ("log-keys", lambda _: None),
    "keys of text": ("log-keys", replaced("data", "x")),
    "a key of null": ("log-keys", replaced("data.0", None)),
    "a key of rubbish": ("log-keys", replaced("data.0.vkey", "<b>x")),
    "summary of null": ("summary", lambda _: None),
    "summary of nothing": ("summary", lambda _: {"data": {}}),
    "no days": ("summary", replaced("data.days", [])),
    "a bad day": ("summary", replaced("data.days.0.date", "x")),
    "a bad count": ("summary", replaced("data.days.0.events", "x")),
    "a bad action": ("summary", replaced("data.actions.0", None)),
}


@pytest.mark.parametrize("name", [*OTHERS])
def test_a_malformed_answer_beside_the_list_stops_nothing(browser: Browser, name: str) -> None:
    with opened(browser, log(), prepare=lying(*OTHERS[name])) as viewer:
        viewer.wait_for_rows()
        viewer.wait_for_checks()
        viewer.page.keyboard.press("v")
        text = viewer.page.locator("body").inner_text()
        assert not [each for each in MACHINE_WORDS if each in text]
        assert "Checking" not in viewer.statuses()


@pytest.mark.parametrize(("status", "code"), [(409, "not_ready"), (404, "not_found")])
def test_another_event_than_the_one_asked_for_is_not_shown(
    browser: Browser, status: int, code: str
) -> None:
    wanted, other = (json.loads(each)["id"] for each in log().records[:2])
    forged = as_json({"data": {"id": other, "action": "forged.other"}})
    answers = {f"events/{wanted}/proof": failure(status, code, "No."), f"events/{wanted}": forged}

    def prepare(_: Page, api: FakeApi) -> None:
        lists = {"events": as_json({"data": [], "pagination": {"has_more": False}})}
        api.change = lambda path, _, answer: (answers | lists).get(path, answer)

    with opened(browser, log(), query=f"?event={wanted}", prepare=prepare) as viewer:
        viewer.panel.get_by_text("The answer is not the event that was asked for.").wait_for()
        assert "forged.other" not in viewer.page.locator("body").inner_text()


def test_a_record_that_is_sent_twice_is_shown_once_and_the_answer_is_broken(
    browser: Browser,
) -> None:
    def lie(answer: Json) -> Json:
        for each in (answer["data"], answer["proof"]["records"]):
            each.insert(0, each[0])
        return answer

    with opened(browser, log(), prepare=lying("events", lie)) as viewer:
        viewer.wait_for_verdict("broken")
        assert viewer.numbers() == [*range(12, 0, -1)]
        assert not {*viewer.statuses()} & {"Witnessed", "Signed", "Checking"}


@pytest.mark.parametrize("query", ["", "?order=asc"])
def test_records_in_another_order_than_asked_for_are_broken(browser: Browser, query: str) -> None:
    def lie(answer: Json) -> Json:
        for each in (answer["data"], answer["proof"]["records"]):
            each[3], each[4] = each[4], each[3]
        return answer

    with opened(browser, log(), query=query, prepare=lying("events", lie)) as viewer:
        viewer.wait_for_verdict("broken")
        assert viewer.pill.inner_text() == "Broken: the server's answer does not hold"
        assert {*viewer.statuses()} == {"Not proved"}
