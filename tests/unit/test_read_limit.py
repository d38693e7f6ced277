"""The read limit of one environment: each workspace has a share per minute."""

from __future__ import annotations

from dataclasses import replace

import pytest
from indelible.accounts.caller import Caller
from indelible.accounts.limits import Limits
from indelible.errors import RateLimited
from indelible.reading.budget import PLAIN_BYTES, STORED_BYTES, Budget
from indelible.reading.read_limit import (
    BYTES_PER_MINUTE,
    REMEMBERED_WORKSPACES,
    TOKEN_BYTES_PER_MINUTE,
    CallersLimit,
    ReadLimit,
)
from support.builders import MINUTE, NOON, SECOND, a_caller

MANY = 1_000_000


def test_a_workspace_may_read_as_much_as_sixteen_of_the_most_expensive_requests() -> None:
    limit = ReadLimit()
    for _ in range(16):
        limit.admit("ws_one", MANY, NOON)
        limit.charge("ws_one", STORED_BYTES, NOON)
    with pytest.raises(RateLimited):
        limit.admit("ws_one", MANY, NOON)
    assert BYTES_PER_MINUTE == 128 * 1024 * 1024


def test_a_workspace_may_make_as_many_requests_as_its_limit_says() -> None:
    limit = ReadLimit()
    for _ in range(8):
        limit.admit("ws_one", 8, NOON)
    with pytest.raises(RateLimited):
        limit.admit("ws_one", 8, NOON)
    limit.admit("ws_one", 9, NOON)


@pytest.mark.parametrize(("second", "left"), [(0, 60), (1, 59), (59, 1)])
def test_a_refusal_says_when_the_next_minute_begins(second: int, left: int) -> None:
    limit, now = ReadLimit(), NOON + second * SECOND
    limit.charge("ws_one", BYTES_PER_MINUTE, now)
    with pytest.raises(RateLimited) as refused:
        limit.admit("ws_one", MANY, now)
    assert refused.value.retry_after == left
    limit.admit("ws_one", MANY, now + left * SECOND)


def test_a_workspace_is_not_refused_for_what_another_reads() -> None:
    limit = ReadLimit()
    limit.charge("ws_one", BYTES_PER_MINUTE, NOON)
    limit.admit("ws_other", MANY, NOON)


def test_a_request_is_charged_to_the_minute_it_arrived_in() -> None:
    limit = ReadLimit()
    limit.charge("ws_one", BYTES_PER_MINUTE - 1, NOON)
    limit.charge("ws_one", 1, NOON + MINUTE - 1)
    with pytest.raises(RateLimited):
        limit.admit("ws_one", MANY, NOON)
    limit.admit("ws_one", MANY, NOON + MINUTE)


@pytest.mark.parametrize("second", [0, 59])
def test_a_request_with_an_earlier_minute_counts_in_the_newer_one(second: int) -> None:
    """A gateway's clock may be behind, and a request that began before is charged at its end."""
    limit, earlier = ReadLimit(), NOON - MINUTE + second * SECOND
    limit.charge("ws_one", BYTES_PER_MINUTE - 1, NOON)
    limit.admit("ws_one", MANY, earlier)
    limit.charge("ws_one", 1, earlier)
    for now in (earlier, NOON):
        with pytest.raises(RateLimited) as refused:
            limit.admit("ws_one", MANY, now)
        assert now + (refused.value.retry_after or 0) * SECOND == NOON + MINUTE
    limit.admit("ws_one", MANY, NOON + MINUTE)


def test_memory_is_bounded_and_the_least_recently_used_workspace_is_forgotten() -> None:
    limit = ReadLimit()
    limit.charge("ws_first", BYTES_PER_MINUTE, NOON)
    limit.charge("ws_second", BYTES_PER_MINUTE, NOON)
    for number in range(REMEMBERED_WORKSPACES - 2):
        limit.admit(f"ws_{number}", MANY, NOON)
    with pytest.raises(RateLimited):
        limit.admit("ws_first", MANY, NOON)
    limit.admit("ws_new", MANY, NOON)
    assert len(limit._used) == REMEMBERED_WORKSPACES
    limit.admit("ws_second", MANY, NOON)
    with pytest.raises(RateLimited):
        limit.admit("ws_first", MANY, NOON)


def test_records_that_compress_well_cost_what_the_most_expensive_request_costs() -> None:
    budget = Budget(lambda: 1.0)
    assert budget.spent == 0
    budget.plain_bytes -= PLAIN_BYTES
    assert budget.spent == STORED_BYTES
    budget.stored_bytes -= 2 * STORED_BYTES
    assert budget.spent == 2 * STORED_BYTES


def test_a_token_may_read_a_part_of_what_its_workspace_may() -> None:
    limit = CallersLimit()
    greedy, other, key = a_token_holder("token-1"), a_token_holder("token-2"), a_caller()
    limit.charge(greedy, TOKEN_BYTES_PER_MINUTE, NOON)
    with pytest.raises(RateLimited, match="This viewer token") as refused:
        limit.admit(greedy, NOON)
    assert refused.value.retry_after == 60
    for caller in (other, key):
        limit.admit(caller, NOON)
    limit.admit(greedy, NOON + MINUTE)


@pytest.mark.parametrize(
    ("of_workspace", "of_token"), [(1, 1), (7, 2), (200, 50), (6_000, 300), (999_999, 300)]
)
def test_a_token_may_send_a_part_of_the_requests_of_its_workspace(
    of_workspace: int, of_token: int
) -> None:
    limit = CallersLimit()
    greedy = replace(a_token_holder("token-1"), limits=Limits(requests_per_minute=of_workspace))
    for _ in range(of_token):
        limit.admit(greedy, NOON)
    with pytest.raises(RateLimited, match="This viewer token"):
        limit.admit(greedy, NOON)


def test_what_tokens_read_counts_for_their_workspace() -> None:
    limit = CallersLimit()
    for number in range(BYTES_PER_MINUTE // TOKEN_BYTES_PER_MINUTE):
        limit.admit(a_token_holder(f"token-{number}"), NOON)
        limit.charge(a_token_holder(f"token-{number}"), TOKEN_BYTES_PER_MINUTE, NOON)
    with pytest.raises(RateLimited, match="The workspace"):
        limit.admit(a_caller(), NOON)


def a_token_holder(token_id: str) -> Caller:
    return replace(a_caller(tenant_id="mine"), token_id=token_id)
