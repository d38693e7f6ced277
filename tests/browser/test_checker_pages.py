"""A page of events is proved in the browser, record by record, or what is wrong is said."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from browser.checking import Checker, Verdict
from browser.page_proofs import page_options, page_proof
from indelible.chain.hashes import leaf_hash
from indelible.chain.segment import read_records
from support.builders import WORKSPACE, a_chain
from support.notes import THIRD
from support.proofs import (
    CHECKPOINT_FILE,
    RUN_TIME,
    WITNESSED_AT,
    a_checkpoint,
    a_proof_file,
    an_event_proof,
)


@cache
def records(count: int) -> tuple[bytes, ...]:
    """The records of a chain."""
    return tuple(read for each in a_chain(count, 100) for read in read_records(each))


PAGE = page_proof(records(11), [9, 8, 7, 3])


def statuses(verdict: Verdict) -> list[str]:
    return [each["status"] for each in verdict["records"]]


def broken_at(verdict: Verdict) -> tuple[str, int | None]:
    assert verdict["verdict"] == "broken"
    assert "proved" not in statuses(verdict)
    return verdict["brokenAt"]["step"], verdict["brokenAt"]["sequence"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 255, 256, 257, 700])
def test_every_record_of_a_page_is_proved(checker: Checker, size: int) -> None:
    last = size - 1
    pages: list[Sequence[int]] = [[], [0], [last], [*range(last, -1, -1)][:100], [*range(size)]]
    pages.append(sorted({each * 7919 % size for each in range(50)}))
    proofs = [page_proof(records(size), each) for each in pages]
    for verdict, page in zip(checker.pages(map(page_options, proofs)), pages, strict=True):
        assert verdict["verdict"] == "witnessed"
        assert verdict["size"] == size
        assert verdict["time"] == WITNESSED_AT
        assert verdict["runTime"] == RUN_TIME
        assert [each["sequence"] for each in verdict["records"]] == [each + 1 for each in page]
        assert {*statuses(verdict)} <= {"proved"}


def test_later_records_are_not_covered_yet(checker: Checker) -> None:
    some, none = page_proof(records(11), [9, 8], 9), page_proof(records(11), [9, 8], 8)
    first, second = checker.pages(map(page_options, (some, none)))
    assert (first["verdict"], statuses(first)) == ("witnessed", ["not_covered", "proved"])
    assert (second["verdict"], statuses(second)) == ("not_covered", ["not_covered"] * 2)


def test_no_record_and_no_node_can_be_changed(checker: Checker) -> None:
    changed = []
    for place in range(len(PAGE["records"])):
        page = deepcopy(PAGE)
        record = page["records"][place]
        record["record"] = record["record"].replace("document", "documemt", 1)
        changed.append(page)
    for name in PAGE["nodes"]:
        other = next(each for each in PAGE["nodes"].values() if each != PAGE["nodes"][name])
        changed.append(PAGE | {"nodes": PAGE["nodes"] | {name: other}})
        changed.append(PAGE | {"nodes": {e: v for e, v in PAGE["nodes"].items() if e != name}})
    assert len(changed) > 8
    for verdict in checker.pages(map(page_options, changed)):
        assert broken_at(verdict) == ("workspace tree", None)
        assert statuses(verdict) == ["broken"] * 4


def test_a_changed_record_is_named_if_the_server_sends_the_leaves_that_were_covered(
    checker: Checker,
) -> None:
    page = deepcopy(PAGE)
    for each in page["records"]:
        leaf = leaf_hash(each["record"].encode())
        page["nodes"][f"0/{each['index']}"] = b64encode(leaf).decode()
    for place in (1, 3):
        record = page["records"][place]
        record["record"] = record["record"].replace("document", "documemt", 1)
    stranger = [THIRD.key.text]
    known, unknown = checker.pages(
        [page_options(page), page_options(page, policy=None, keys=stranger)]
    )
    assert known["verdict"] == "broken"
    assert known["brokenAt"]["step"] == "workspace tree"
    assert known["brokenAt"]["sequence"] == 9
    assert statuses(known) == ["proved", "broken", "proved", "broken"]
    assert broken_at(unknown) == ("signature", None)
    assert statuses(unknown) == ["broken"] * 4
    page["nodes"] = dict.fromkeys(page["nodes"], page["nodes"]["0/9"])
    [wrong] = checker.pages([page_options(page)])
    assert broken_at(wrong) == ("workspace tree", None)


def test_what_the_server_says_of_a_held_chain_is_in_the_verdict(checker: Checker) -> None:
    page = PAGE | {"reason": {"code": "chain_damaged", "message": "Record 12 does not verify."}}
    [verdict] = checker.pages([page_options(page)])
    assert verdict["verdict"] == "witnessed"
    assert verdict["reason"] == "Record 12 does not verify."


def test_the_only_record_of_a_page_is_named(checker: Checker) -> None:
    page = page_proof(records(11), [4])
    page["records"][0]["record"] += " "
    [verdict] = checker.pages([page_options(page)])
    assert broken_at(verdict) == ("workspace tree", 5)


def test_a_record_that_is_not_what_it_must_be_is_named(checker: Checker) -> None:
    def with_second(**changes: Any) -> dict[str, Any]:
        page = deepcopy(PAGE)
        page["records"][1] |= changes
        return page

    text = PAGE["records"][1]["record"]
    pages = [
        with_second(index=2),
        with_second(index=9),
        with_second(record="no record"),
        with_second(record=text.replace(WORKSPACE, "ws_other")),
        with_second(record=text.replace('"salt"', '"id":"other","salt"')),
        with_second(record=text.replace('"salt"', '"note":"\ud800","salt"')),
    ]
    verdicts = checker.pages(map(page_options, pages))
    assert [broken_at(each) for each in verdicts] == [
        ("record", 3), ("record", 10), *[("record", 9)] * 3, ("workspace tree", None),
    ]  # fmt: skip


def test_a_record_of_another_tenant_or_actor_is_never_shown_as_proved(checker: Checker) -> None:
    actor = json.loads(PAGE["records"][0]["record"])["actor_id"]
    whose = [{"actorId": actor}, {"actorId": "user_other"}, {"tenantId": "tenant_a"}]
    options = [page_options(PAGE, expected={"workspaceId": WORKSPACE, **each}) for each in whose]
    own, *others = checker.pages(options)
    assert own["verdict"] == "witnessed"
    assert [broken_at(each) for each in others] == [("record", 10)] * 2


def test_a_forged_checkpoint_is_broken(checker: Checker) -> None:
    """Of another workspace, of a chain that was cut off, an older run, or with an event."""
    right = a_checkpoint(records(11))
    file, note = (
        a_proof_file(checkpoint=right),
        replace(CHECKPOINT_FILE.note, text=b"no checkpoint\n"),
    )
    forged = {
        "map": a_proof_file(checkpoint=replace(right, workspace_id="ws_other")),
        "workspace tree": a_proof_file(checkpoint=replace(right, size=10)),
        "log": replace(file, log_index=3),
        "file": replace(file, note=note),
    }
    files = {step: each.encoded.decode() for step, each in forged.items()}
    files["map, of an event"] = a_proof_file(an_event_proof(4)).encoded.decode()
    pages = [PAGE | {"checkpoint": each} for each in files.values()]
    for step, verdict in zip(files, checker.pages(map(page_options, pages)), strict=True):
        assert broken_at(verdict)[0] == step.partition(",")[0]


@pytest.mark.parametrize("code", ["not_ready", "chain_damaged"])
def test_without_a_checkpoint_nothing_is_covered_or_the_server_says_what_is_damaged(
    checker: Checker, code: str
) -> None:
    page = PAGE | {"checkpoint": None, "reason": {"code": code, "message": "Wait."}, "nodes": {}}
    [verdict] = checker.pages([page_options(page)])
    assert statuses(verdict) == ["not_covered"] * 4
    if code == "not_ready":
        assert (verdict["verdict"], verdict["reason"]) == ("not_covered", "Wait.")
    else:
        assert broken_at(verdict) == ("chain", None)


def test_no_answer_makes_the_check_fail_without_a_verdict(checker: Checker) -> None:
    junk: list[Any] = [None, 0, "x", [], {}, [None], [{}], {"0/1": 5}, True, -1, 1e300]
    junk += [[{"index": each, "record": "{}"}] for each in (-1, 0.5, 2**53, "1", None)]
    pages = [PAGE | {name: each} for name in PAGE for each in junk]
    verdicts = checker.pages(map(page_options, [*junk, *pages]))
    assert len(verdicts) == len(junk) + len(pages)
    assert {each["verdict"] for each in verdicts} <= {"broken", "witnessed", "not_covered"}
    for page, verdict in zip(pages, verdicts[len(junk) :], strict=True):
        if verdict["verdict"] == "witnessed":
            kept = page["checkpoint"], page["records"] or PAGE["records"]
            assert kept == (PAGE["checkpoint"], PAGE["records"])
