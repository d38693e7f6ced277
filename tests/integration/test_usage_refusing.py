"""Usage on each engine: the writer has a workspace refused, and the reason is returned."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.errors import Backlogged, QuotaExceeded, RateLimited
from indelible.times import parse_iso_8601
from integration.usage_engines import AnyUsage
from support.builders import KEY_PREFIX, MINUTE, SECOND

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")


def test_a_workspace_is_refused_for_a_minute(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW)
    for moment in (NOW, NOW + SECOND, NOW + MINUTE - 1):
        with pytest.raises(Backlogged, match="wait to be chained") as refused:
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), moment)
        assert refused.value.retry_after == 30
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW + MINUTE)
    assert usage.events_used(workspace_id, NOW) == 2


def test_a_repeat_is_refused_too(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW)
    with pytest.raises(Backlogged):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(0, bytes=1, repeats=1), Limits(), NOW)


def test_refusing_again_restarts_the_minute(usage: AnyUsage, workspace_id: str) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    for moment in (NOW, NOW + 50 * SECOND):
        usage.refuse(workspace_id, moment)
    with pytest.raises(Backlogged):
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW + 109 * SECOND)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW + 110 * SECOND)


@pytest.mark.parametrize(
    ("behind", "refused"), [(0, True), (60 * SECOND, True), (60 * SECOND + 1, False)]
)
def test_a_gateway_whose_clock_is_behind_refuses_until_its_own_minute_is_over(
    usage: AnyUsage, workspace_id: str, behind: int, refused: bool
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    usage.refuse(workspace_id, NOW + behind)
    if refused:
        with pytest.raises(Backlogged):
            usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)
    else:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


def test_a_workspace_without_usage_is_not_refused(usage: AnyUsage, workspace_id: str) -> None:
    usage.refuse(workspace_id, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1), Limits(), NOW)


def test_the_longest_lasting_of_several_reasons_is_given(
    usage: AnyUsage, workspace_id: str
) -> None:
    tight = Limits(1, 1, 1, 1)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1, 1), tight, NOW)
    usage.refuse(workspace_id, NOW)
    for charge, limits, error, complaint in [
        (Charge(1, 1, 1), tight, QuotaExceeded, "left this month: 0 of 1"),
        (Charge(0, 1, 1), tight, RateLimited, "requests a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 1, 1), RateLimited, "bytes of events a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 9, 1), RateLimited, "may repeat 1 events a minute"),
        (Charge(0, 1, 1), Limits(9, 1, 9, 9), Backlogged, "wait to be chained"),
    ]:
        with pytest.raises(error, match=complaint):
            usage.reserve(workspace_id, KEY_PREFIX, charge, limits, NOW)
