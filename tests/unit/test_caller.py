"""Callers: scopes, and filters that no request can change."""

from __future__ import annotations

import pytest
from indelible.accounts.caller import Caller
from indelible.accounts.keys import READ, VIEWER, VIEWER_OF_ALL, WRITE
from indelible.accounts.limits import Limits
from indelible.errors import Forbidden, InvalidCursor, NotFound
from indelible.exporting.requests import find_export, find_visible_export, read_export_request
from indelible.reading.event_page import ListPosition
from indelible.reading.verification import VerifiedUpTo
from indelible.web.cursor import write_cursor
from indelible.web.parameters import read_list_request, read_verify_request
from support.builders import KEY_PREFIX, NOON, WORKSPACE, a_caller, counted_entropy
from support.memory_exports import MemoryExports

KEY = b"k" * 64
MINE = a_caller(tenant_id="mine")


def key() -> bytes:
    return KEY


def test_a_caller_may_do_only_what_its_scopes_allow() -> None:
    caller = Caller(WORKSPACE, KEY_PREFIX, Limits(), frozenset({READ}))
    caller.require(READ)
    with pytest.raises(Forbidden, match=WRITE):
        caller.require(WRITE)


def test_an_api_key_forces_no_filter() -> None:
    caller = Caller(WORKSPACE, KEY_PREFIX, Limits(), frozenset({READ}))
    assert caller.restrict({"actor_id": "a"}) == {"actor_id": "a"}
    assert not caller.holds_token


def test_a_scope_includes_a_narrower_one_and_not_a_wider_one() -> None:
    of_all = Caller(WORKSPACE, KEY_PREFIX, Limits(), frozenset({VIEWER_OF_ALL}))
    of_all.require(VIEWER)
    of_one = Caller(WORKSPACE, KEY_PREFIX, Limits(), frozenset({VIEWER}))
    for caller, lacking in ((of_all, READ), (of_one, VIEWER_OF_ALL), (of_one, READ)):
        with pytest.raises(Forbidden, match=lacking):
            caller.require(lacking)


@pytest.mark.parametrize("tenant_id", ["mine", "other", None])
def test_forced_filters_win_over_those_of_a_list(tenant_id: str | None) -> None:
    parameters = {"action": "a", **({"tenant_id": tenant_id} if tenant_id else {})}
    request = read_list_request(MINE, parameters, key)
    assert request.filters.texts == {"action": "a", "tenant_id": "mine"}
    assert request.question == ["events", WORKSPACE, {"action": "a", "tenant_id": "mine"}]


@pytest.mark.parametrize("tenant_id", ["mine", "other", None])
def test_forced_filters_win_over_those_of_an_export(tenant_id: str | None) -> None:
    requested = {"filters": {"action": "a", "tenant_id": tenant_id}}
    made = read_export_request(MINE, requested, NOON, counted_entropy())
    assert made.filters.texts == {"action": "a", "tenant_id": "mine"}


def test_forced_times_win_over_those_of_a_request_to_verify() -> None:
    caller = a_caller(**{"from": "2026-11-23T12:00:00Z"})
    request = read_verify_request(caller, {"from": "2020-01-01T00:00:00Z"}, key)
    assert request.filters.start == NOON


def test_a_cursor_of_a_verification_is_of_no_use_to_another_caller() -> None:
    position = VerifiedUpTo(9, bytes(32), NOON, 10, None)
    cursor = write_cursor(KEY, read_verify_request(a_caller(), {}, key).question, position)
    assert read_verify_request(a_caller(), {"cursor": cursor}, key).position == position
    with pytest.raises(InvalidCursor):
        read_verify_request(MINE, {"cursor": cursor}, key)


def test_an_export_is_found_by_keys_and_by_token_holders_like_the_one_that_started_it() -> None:
    exports, entropy = MemoryExports(), counted_entropy()
    of_key, of_mine, of_other = (
        read_export_request(caller, {"filters": {"tenant_id": "mine"}}, NOON, entropy)
        for caller in (a_caller(), MINE, a_caller(tenant_id="other"))
    )
    for export in (of_key, of_mine, of_other):
        exports.create(export)
        assert find_visible_export(exports, a_caller(), export.id, NOON) == export
    assert find_visible_export(exports, MINE, of_mine.id, NOON) == of_mine
    narrower = a_caller(tenant_id="mine", actor_id="a")
    for caller, export in ((MINE, of_key), (MINE, of_other), (narrower, of_mine)):
        assert find_export(exports, WORKSPACE, export.id, NOON) == export
        with pytest.raises(NotFound):
            find_visible_export(exports, caller, export.id, NOON)


def test_cursors_of_callers_without_forced_filters_are_signed_for_the_request_alone() -> None:
    """Cursors that clients already hold must stay valid."""
    request = read_list_request(a_caller(), {"actor_id": "user_1", "limit": "7"}, key)
    assert (request.limit, request.position) == (7, None)
    assert request.question == ["events", WORKSPACE, {"actor_id": "user_1"}]
    verify = read_verify_request(a_caller(), {}, key)
    assert verify.question == ["verify", WORKSPACE, {}]


def test_a_cursor_of_one_caller_is_of_no_use_to_another() -> None:

    position = ListPosition(1, 9, 3, None)
    cursor = write_cursor(KEY, read_list_request(a_caller(), {}, key).question, position)
    assert read_list_request(a_caller(), {"cursor": cursor}, key).position == position
    with pytest.raises(InvalidCursor):
        read_list_request(MINE, {"cursor": cursor}, key)
