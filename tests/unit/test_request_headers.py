"""Headers of requests: the API key, the idempotency key and the media type."""

from __future__ import annotations

import pytest
from indelible.errors import Unauthenticated, ValidationFailed
from indelible.web.request import (
    bearer_token,
    header_values,
    idempotency_key,
    media_type,
)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("value", ["Bearer imk_1", "bearer imk_1", " BEARER   imk_1 "])
def test_the_bearer_token_is_found_however_the_header_is_written(name: str, value: str) -> None:
    assert bearer_token({name: [value]}) == "imk_1"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": []},
        {"Authorization": ["imk_1"]},
        {"Authorization": ["Basic imk_1"]},
        {"Authorization": ["Bearer imk_1", "Bearer imk_1"]},
        {"Authorization": ["Bearer imk_1"], "authorization": ["Bearer imk_2"]},
        {"X-Authorization": ["Bearer imk_1"]},
    ],
)
def test_anything_other_than_one_bearer_token_is_unauthenticated(
    headers: dict[str, list[str]],
) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(headers)


def test_all_values_of_a_header_are_seen_whatever_the_case_of_its_name() -> None:
    headers = {"X-A": ["1", "2"], "x-a": ["3"], "x-b": ["4"]}
    assert header_values(headers, "x-a") == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
@pytest.mark.parametrize(
    "key",
    [
        "7c1f2a90-order-42",
        '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
        "a b",
        "%00%0A",
        "duck 🦆",
        "x" * 255,
        "é" * 255,
    ],
)
def test_the_idempotency_key_of_a_request_is_the_text_of_the_header(name: str, key: str) -> None:
    """Percent signs and quotation marks have no meaning."""
    assert idempotency_key({name: [f" {key}\t"]}) == key


def test_a_request_without_the_header_has_no_idempotency_key() -> None:
    assert idempotency_key({"X-Idempotency-Key": ["a"]}) is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([""], "must have 1 to 255 characters, not 0"),
        (["  "], "must have 1 to 255 characters, not 0"),
        (["x" * 256], "must have 1 to 255 characters, not 256"),
        (["x" * 10_240], "must have 1 to 255 characters, not 10240"),
        (["a\x00b"], "control characters"),
        (["a\nb"], "control characters"),
        (["a\x7f"], "control characters"),
        (["a\ud800"], "control characters"),
        (["a", "b"], "only once"),
        (["a", "a"], "only once"),
    ],
)
def test_a_bad_idempotency_key_of_a_request_is_refused_with_the_reason(
    values: list[str], message: str
) -> None:
    with pytest.raises(ValidationFailed, match=message):
        idempotency_key({"Idempotency-Key": values})


def test_two_spellings_of_the_header_are_two_headers() -> None:
    with pytest.raises(ValidationFailed, match="only once"):
        idempotency_key({"Idempotency-Key": ["a"], "idempotency-key": ["a"]})


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, ""),
        ({"Content-Type": ["application/x-ndjson"]}, "application/x-ndjson"),
        ({"content-type": [" Application/JSON ; charset=utf-8"]}, "application/json"),
    ],
)
def test_the_media_type_of_a_body_is_compared_in_lower_case(
    headers: dict[str, list[str]], found: str
) -> None:
    assert media_type(headers) == found
