"""Terms: every record that matches the filters has all terms of the filters."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.filters import Filters
from indelible.index.levels import GEOMETRY, NUMBER_BITS, short_of
from indelible.index.terms import (
    FIELDS,
    MAX_TERMS,
    TERMS_VERSION,
    id_term,
    term_number,
    terms_for,
    terms_of,
)
from indelible.matching.selectable import Selectable, read_selectable

BASE: dict[str, object] = {
    "id": "00000000-0000-7000-8000-000000000001",
    "created_at": "2026-11-23T12:00:00.000000Z",
    "received_at": "2026-11-23T12:00:00.000000Z",
}

NARROW, WIDE = GEOMETRY.narrow, GEOMETRY.wide


def terms_of_event(**fields: object) -> set[tuple[str, str]]:
    return terms_of(read_selectable(msgspec.json.encode({**BASE, "action": "login", **fields})))


def test_every_field_with_a_filter_is_a_term() -> None:
    fields = {name: f"a {name}" for name in FIELDS}
    targets = [{"type": "team", "id": "t_1"}, {"type": "user"}]
    expected = {*fields.items(), ("action", "login")}
    expected |= {("target_type", "team"), ("target_id", "t_1"), ("target_type", "user")}
    expected |= {("object_id", "a resource_id"), ("object_id", "t_1")}
    assert terms_of_event(**fields, targets=targets) == expected


def test_other_terms_have_another_version() -> None:
    """If this fails, add 1 to TERMS_VERSION: older blocks do not have the new terms."""
    names = {
        *("actor_id", "action_category", "resource", "resource_id", "tenant_id", "session_id"),
        *("action", "action_prefix", "target_type", "target_id", "object_id"),
    }
    every = read_selectable(
        msgspec.json.encode(
            {
                **BASE,
                **{name: "text" for name in Selectable.__struct_fields__ if name not in BASE},
                "action": "invoice.paid",
                "targets": [{"type": "team", "id": "t_1"}],
            }
        )
    )
    assert (TERMS_VERSION, {name for name, _ in terms_of(every)}) == (2, names)


def test_an_action_has_a_term_for_each_prefix_of_whole_words() -> None:
    assert terms_of_event(action="invoice.paid.late") == {
        ("action", "invoice.paid.late"),
        ("action_prefix", "invoice."),
        ("action_prefix", "invoice.paid."),
    }


@pytest.mark.parametrize(
    ("wanted", "terms"),
    [
        ("invoice.paid", [("action", "invoice.paid")]),
        ("invoice.*", [("action_prefix", "invoice.")]),
        ("invoice.pa*", [("action_prefix", "invoice.")]),
        ("invoice.paid.*", [("action_prefix", "invoice.paid.")]),
        ("inv*", []),
        ("*", []),
    ],
)
def test_a_filter_by_action_uses_terms_of_whole_words(wanted: str, terms: list[object]) -> None:
    assert terms_for(Filters({"action": wanted})) == ([terms] if terms else [])


def test_several_actions_use_the_terms_of_each_unless_one_has_none() -> None:
    several = terms_for(Filters({"action": ["login.failed", "invoice.*", "invoice.pa*"]}))
    assert several == [[("action", "login.failed"), ("action_prefix", "invoice.")]]
    assert terms_for(Filters({"action": ["login.failed", "inv*"]})) == []


def test_a_filter_that_is_not_indexed_has_no_term() -> None:
    """With a term that no record was indexed by, a list would find nothing."""
    unindexed = ("search", "a_filter_of_tomorrow", "actor_type", "ip_address", "metadata.a")
    filters = {**dict.fromkeys(unindexed, "x"), "actor_id": "a"}
    assert terms_for(Filters(filters)) == [[("actor_id", "a")]]


@given(st.text(max_size=30), st.integers(0, 30))
def test_every_prefix_of_an_action_finds_it(action: str, end: int) -> None:
    wanted = {term for each in terms_for(Filters({"action": action[:end] + "*"})) for term in each}
    if not action[:end].endswith("*"):
        assert wanted <= terms_of_event(action=action)


def test_a_hostile_action_makes_a_bounded_number_of_terms() -> None:
    assert MAX_TERMS < len(terms_of_event(action="a." * 60_000)) <= MAX_TERMS + 2


def test_term_numbers_differ_by_workspace_name_and_value() -> None:
    terms = [("actor_id", "a"), ("actor_id", "b"), ("tenant_id", "a"), id_term("a")]
    numbers = {term_number(owner, term) for owner in ("ws_1", "ws_2") for term in terms}
    assert len(numbers) == 2 * len(terms)
    assert term_number("ws_1", ("actor_id", "a\0b")) != term_number("ws_1", ("actor_id", "a"))
    assert term_number("ws_1", ("actor_id", "\ud800")) not in numbers


def test_a_term_number_is_the_one_other_implementations_compute() -> None:
    """The first 36 bits of SHA-256 over `ws_test`, 0, `actor_id`, 0, `ann`: a stored format."""
    assert f"{term_number('ws_test', ('actor_id', 'ann')):09x}" == "af66b1c88"


@given(st.integers(0, 2**NUMBER_BITS - 1))
def test_a_terms_page_in_a_wide_block_is_merged_from_one_page_per_narrow_block(
    number: int,
) -> None:
    wide = WIDE.shard_of(number)
    assert wide * NARROW.shards // WIDE.shards == NARROW.shard_of(number)
    assert 0 <= wide < WIDE.shards
    assert 0 <= short_of(number) < 2**32
