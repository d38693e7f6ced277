"""Identifiers: UUIDs as in RFC 9562, and workspace ids that are safe in item keys."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.identifiers import (
    are_uuid7s_of,
    is_uuid7,
    is_workspace_id,
    new_workspace_id,
    uuid7,
)


def test_uuid7_is_the_example_of_rfc_9562_appendix_a_6() -> None:
    entropy = (0xCC3).to_bytes(2) + (0x18C4DC0C0C07398F << 2).to_bytes(8)
    assert uuid7(0x017F22E279B0, entropy) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_uuid7_holds_its_time_version_and_variant(milliseconds: int, entropy: bytes) -> None:
    made = uuid7(milliseconds, entropy)
    parsed = uuid.UUID(made)
    assert str(parsed) == made
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == milliseconds
    assert is_uuid7(made)


@given(st.integers(0, 2**48 - 2), st.binary(min_size=10, max_size=10))
def test_ids_of_a_later_millisecond_sort_later(milliseconds: int, entropy: bytes) -> None:
    assert uuid7(milliseconds, b"\xff" * 10) < uuid7(milliseconds + 1, entropy)


def test_every_one_of_the_74_random_bits_is_used() -> None:
    ids = {uuid7(0, (1 << bit).to_bytes(10)) for bit in range(80)}
    assert len(ids) - 1 == 74


@pytest.mark.parametrize(
    "text",
    [
        "",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
    ],
)
def test_a_uuid_has_one_spelling(text: str) -> None:
    assert not is_uuid7(text)


def test_new_workspace_ids_are_valid_and_distinct() -> None:
    made = {new_workspace_id() for _ in range(100)}
    assert len(made) == 100
    assert all(is_workspace_id(each) for each in made)


@pytest.mark.parametrize("text", ["", "a" * 65, "a#b", "a b", "ws_é", "a\n", "a/b", "ws_٣"])
def test_an_id_that_could_reach_another_workspaces_items_is_refused(text: str) -> None:
    assert not is_workspace_id(text)
    assert is_workspace_id("ws_4kT9-" + "a" * 56)


TIME = 0x017F22E279B0 * 1_000
GOOD = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_a_uuid_of_version_7_belongs_to_its_time() -> None:
    later = uuid7(0x017F22E279B1, b"\xff" * 10)
    assert are_uuid7s_of([(GOOD, TIME), (later, TIME + 1_000)])
    for text, time in [
        (GOOD, TIME - 1),
        (GOOD, TIME + 1),
        (GOOD, TIME + 999),
        (GOOD, TIME + 1_000),
        (later, TIME),
        (GOOD[:14] + "4" + GOOD[15:], TIME),
        (GOOD[:19] + "c" + GOOD[20:], TIME),
        (GOOD.upper(), TIME),
        (GOOD + "0", TIME),
        (GOOD[:-1], TIME),
        ("", TIME),
    ]:
        assert not are_uuid7s_of([(text, time)])
        assert not are_uuid7s_of([(GOOD, TIME), (text, time), (later, TIME + 1_000)])


def test_two_texts_that_form_uuids_only_together_are_refused() -> None:
    assert not are_uuid7s_of([(GOOD + GOOD[:18], TIME), (GOOD[18:], TIME)])
