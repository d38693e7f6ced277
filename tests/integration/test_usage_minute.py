"""Usage on each engine: bytes and repeats per minute."""

from __future__ import annotations

import pytest
from indelible.accounts.limits import Charge, Limits
from indelible.errors import RateLimited
from indelible.times import parse_iso_8601
from integration.usage_engines import AnyUsage
from support.builders import KEY_PREFIX, MINUTE

NOW = parse_iso_8601("2026-11-23T20:23:08.000000Z")
BYTES, REPEATS = Charge(1, bytes=40), Charge(0, bytes=1, repeats=40)
HUNDRED = Limits(bytes_per_minute=100, repeats_per_minute=100)


@pytest.mark.parametrize(
    ("charge", "complaint"),
    [
        (BYTES, "100 bytes of events a minute; the request has 40"),
        (REPEATS, "100 events a minute that are more than five minutes old; the request repeats"),
    ],
)
def test_a_minute_can_be_used_to_the_last_byte_and_repeat(
    usage: AnyUsage, workspace_id: str, charge: Charge, complaint: str
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, NOW)
    with pytest.raises(RateLimited, match=complaint) as refused:
        usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, NOW)
    assert refused.value.retry_after == 52  # it is 20:23:08
    half = charge._replace(bytes=charge.bytes // 2, repeats=charge.repeats // 2)
    usage.reserve(workspace_id, KEY_PREFIX, half, HUNDRED, NOW)
    with pytest.raises(RateLimited):
        usage.reserve(workspace_id, KEY_PREFIX, charge._replace(events=0), HUNDRED, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, NOW + MINUTE)


@pytest.mark.parametrize("charge", [Charge(1, bytes=101), Charge(0, bytes=1, repeats=101)])
@pytest.mark.parametrize("pause", [0, 1, 8, 60])
def test_a_request_larger_than_a_minutes_limit_is_refused_in_any_minute(
    usage: AnyUsage, workspace_id: str, charge: Charge, pause: int
) -> None:
    """This includes the first request ever, and the first after a pause."""
    if pause:
        usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1), HUNDRED, NOW - pause * MINUTE)
    with pytest.raises(RateLimited):
        usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, NOW)


@pytest.mark.parametrize("minutes", [1, 2, 7, 8, 9, 16, 60])
@pytest.mark.parametrize("charge", [BYTES, REPEATS])
def test_bytes_and_repeats_start_at_zero_each_minute(
    usage: AnyUsage, workspace_id: str, minutes: int, charge: Charge
) -> None:
    for moment in (NOW, NOW + minutes * MINUTE):
        for _ in range(2):
            usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, moment)
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, moment)


def test_a_late_request_counts_in_its_own_minute(usage: AnyUsage, workspace_id: str) -> None:
    charge = Charge(1, bytes=60, repeats=60)
    for moment in (NOW, NOW - MINUTE):
        usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, moment)
    for moment in (NOW - MINUTE, NOW):
        with pytest.raises(RateLimited):
            usage.reserve(workspace_id, KEY_PREFIX, charge, HUNDRED, moment)


def test_requests_without_repeats_pass_when_repeats_are_exhausted(
    usage: AnyUsage, workspace_id: str
) -> None:
    usage.reserve(workspace_id, KEY_PREFIX, Charge(0, 1, repeats=100), HUNDRED, NOW)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1), HUNDRED, NOW)
    lowered = Limits(repeats_per_minute=10)
    usage.reserve(workspace_id, KEY_PREFIX, Charge(1, 1), lowered, NOW)
