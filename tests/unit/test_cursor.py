"""A cursor is valid for the request it was given for, and for no other."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import InvalidCursor
from indelible.reading.event_page import ListPosition
from indelible.reading.verification import VerifiedUpTo
from indelible.web.cursor import read_cursor, write_cursor

KEY = b"k" * 64
QUESTION = ["events", "ws_1", {"actor_id": "user_1"}]
POSITION = ListPosition(1, 4_796, 25, None)
CURSOR = write_cursor(KEY, QUESTION, POSITION)


def test_a_position_survives_a_round_trip_through_its_cursor() -> None:
    checked = VerifiedUpTo(7, bytes(range(32)), 1_700_000_000_000_000, 8, None)
    assert read_cursor(KEY, QUESTION, CURSOR, ListPosition) == POSITION
    assert read_cursor(KEY, QUESTION, write_cursor(KEY, QUESTION, checked), VerifiedUpTo) == checked


def test_a_cursor_needs_no_escaping_in_a_url() -> None:
    assert CURSOR.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("key", "question"),
    [
        (KEY, ["events", "ws_2", {"actor_id": "user_1"}]),
        (KEY, ["events", "ws_1", {"actor_id": "user_2"}]),
        (KEY, ["events", "ws_1", {}]),
        (KEY, ["verify", "ws_1", {"actor_id": "user_1"}]),
        (b"j" * 64, QUESTION),
    ],
)
def test_a_cursor_of_another_request_is_refused(key: bytes, question: object) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(key, question, CURSOR, ListPosition)


@given(place=st.integers(0, len(CURSOR) - 1), other=st.sampled_from("AZaz09-_+/= é"))
def test_a_cursor_with_any_character_changed_is_refused(place: int, other: str) -> None:
    forged = CURSOR[:place] + other + CURSOR[place + 1 :]
    if forged != CURSOR:
        with pytest.raises(InvalidCursor):
            read_cursor(KEY, QUESTION, forged, ListPosition)


@given(st.text())
def test_text_that_is_not_a_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(KEY, QUESTION, text, ListPosition)


@pytest.mark.parametrize("more", ["=", "==", "\n", " ", "A"])
def test_a_cursor_has_one_spelling(more: str) -> None:
    with pytest.raises(InvalidCursor):
        read_cursor(KEY, QUESTION, CURSOR + more, ListPosition)


def test_a_position_without_its_signature_is_refused() -> None:
    payload = base64.urlsafe_b64decode(CURSOR + "=" * (-len(CURSOR) % 4))[32:]
    for signature in (b"", bytes(32)):
        forged = base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")
        with pytest.raises(InvalidCursor):
            read_cursor(KEY, QUESTION, forged, ListPosition)
