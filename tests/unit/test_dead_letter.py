"""Dead letters that can be chained now, later or never."""

from __future__ import annotations

import pytest
from indelible.identifiers import is_workspace_id
from indelible.times import MILLISECOND
from indelible.writing.dead_letter import (
    DeadLetter,
    Verdict,
    id_of_set_aside,
    judge,
    set_aside_group,
    workspace_of,
)
from support.builders import DAY, MINUTE, NOON, WORKSPACE, a_body, a_message, a_queued_event

HOUR = 60 * MINUTE


def test_a_message_can_be_chained_in_its_own_workspace() -> None:
    body = a_message(a_queued_event(1), a_queued_event(2))
    assert judge(WORKSPACE, body, NOON) == Verdict(2)
    assert judge("ws_other", body, NOON).obstacle == (
        "message names another workspace than its group"
    )


def test_the_latest_event_of_a_message_decides_when_it_can_be_chained() -> None:
    body = a_message(a_queued_event(1, NOON), a_queued_event(2, NOON + 2 * HOUR))
    assert judge(WORKSPACE, body, NOON) == Verdict(
        2, "dated ahead, until 2026-11-23T13:00:00.000000Z", NOON + HOUR,
    )  # fmt: skip
    assert judge(WORKSPACE, body, NOON + HOUR - 1).obstacle is not None
    assert judge(WORKSPACE, body, NOON + HOUR).obstacle is None


def a_letter(body: str, sent_at: int = NOON) -> DeadLetter:
    return DeadLetter(
        "m", "m", WORKSPACE, body, 1, sent_at, False, None, judge(WORKSPACE, body, NOON)
    )


@pytest.mark.parametrize(
    ("ahead", "is_hopeless"),
    [(HOUR, False), (14 * DAY + HOUR, False), (14 * DAY + HOUR + MILLISECOND, True)],
)
def test_a_message_is_hopeless_when_the_queue_drops_it_before_its_time(
    ahead: int, is_hopeless: bool
) -> None:
    letter = a_letter(a_message(a_queued_event(1, NOON + ahead)))
    assert letter.is_hopeless == is_hopeless


def test_an_unreadable_message_is_hopeless_and_a_chainable_one_is_not() -> None:
    assert a_letter("junk").is_hopeless
    assert not a_letter(a_message(a_queued_event())).is_hopeless


@pytest.mark.parametrize(
    "body",
    [
        "zstd-next:KLUv/Q==",
        a_body(b'{"format":2}'),
        a_message(a_queued_event(1, country="NL")),
        a_message(a_queued_event(1, targets=[{"type": "file", "owner": "Ada"}])),
        a_message(a_queued_event(1), a_queued_event(2, country="NL")),
    ],
    ids=[
        "another codec",
        "another format",
        "an unknown field",
        "a target's unknown field",
        "the second event",
    ],
)
def test_a_message_that_a_newer_version_may_have_sent_is_not_hopeless(body: str) -> None:
    """A newer ingest may send to an older writer, and its events were accepted."""
    letter = a_letter(body)
    assert not letter.can_be_chained
    assert letter.may_be_chained
    assert not letter.is_hopeless
    assert str(letter.verdict.obstacle).endswith(
        "it may be from a newer version; upgrade, then try again"
    )


@pytest.mark.parametrize(
    "body",
    [
        a_body(b"{}"),
        a_body(b'{"format":"2"}'),
        a_message(a_queued_event(1, actor_id=1)),
        a_message(a_queued_event(1, action={"Object contains unknown field": 1})),
        a_message(a_queued_event(1, country="NL"), workspace_id="no workspace"),
    ],
    ids=["no format", "no number", "a wrong type", "the words as a name", "no workspace"],
)
def test_a_message_that_no_version_sends_stays_hopeless(body: str) -> None:
    assert a_letter(body).is_hopeless


def test_a_message_set_aside_belongs_to_the_workspace_in_its_attribute() -> None:
    group = set_aside_group("3f0c2b1e-8a52-4c43-9f6e-0a1b2c3d4e5f")
    assert workspace_of(group, WORKSPACE) == WORKSPACE
    assert workspace_of(group, None) == group
    assert workspace_of(WORKSPACE, "ws_other") == WORKSPACE


def test_the_group_of_a_message_set_aside_names_the_message_and_not_a_workspace() -> None:
    group = set_aside_group("3f0c2b1e-8a52-4c43-9f6e-0a1b2c3d4e5f")
    assert id_of_set_aside(group) == "3f0c2b1e-8a52-4c43-9f6e-0a1b2c3d4e5f"
    assert not is_workspace_id(group)
    assert id_of_set_aside(WORKSPACE) is None
    assert len(set_aside_group("i" * 500)) == 128
