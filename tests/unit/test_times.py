"""Times: six digits and Z, with nothing dropped and nothing guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.times import (
    LATEST,
    are_canonical,
    format_time,
    in_utc,
    parse_iso_8601,
    parse_time,
)
from support.instants import nanoseconds


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
        (1_795_465_388_000_001, "2026-11-23T20:23:08.000001Z"),
        (LATEST, "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_has_one_spelling(microseconds: int, text: str) -> None:
    assert format_time(microseconds) == text
    assert parse_time(text) == microseconds


@given(st.integers(0, LATEST), st.integers(0, LATEST))
def test_times_survive_formatting_and_sort_like_their_texts(one: int, other: int) -> None:
    assert parse_time(format_time(one)) == one
    assert are_canonical([format_time(one)])
    assert (format_time(one) < format_time(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23T20:23:08Z",
        "2026-11-23T20:23:08.000Z",
        "2026-11-23T20:23:08.0000010Z",
        "2026-11-23t20:23:08.000001Z",
        "2026-11-23T20:23:08.000001+00:00",
        "2026-11-23T20:23:08.000001Z\n",
        "2026-13-23T20:23:08.000001Z",
        "2026-02-29T20:23:08.000001Z",
        "2026-11-23T24:00:00.000000Z",
        "2026-11-23T20:23:60.000000Z",
        "0000-11-23T20:23:08.000001Z",
        "\u0662026-11-23T20:23:08.000001Z",
    ],
)
def test_a_spelling_that_is_not_canonical_is_refused(text: str) -> None:
    assert not are_canonical([text])
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


@pytest.mark.parametrize(
    ("submitted", "kept"),
    [
        ("2026-11-23T20:23:08Z", "2026-11-23T20:23:08.000000Z"),
        ("2026-11-23T20:23:08.5Z", "2026-11-23T20:23:08.500000Z"),
        ("2026-11-23T20:23:08,123456Z", "2026-11-23T20:23:08.123456Z"),
        ("2026-11-23T20:23:08.123456000Z", "2026-11-23T20:23:08.123456Z"),
        ("2026-11-23T20:23Z", "2026-11-23T20:23:00.000000Z"),
        ("2026-11-23 20:23:08z", "2026-11-23T20:23:08.000000Z"),
        ("2026-11-23T20:23:08+02:00", "2026-11-23T18:23:08.000000Z"),
        ("2026-11-23T20:23:08-0530", "2026-11-24T01:53:08.000000Z"),
        ("2026-11-23T20:23:08+02", "2026-11-23T18:23:08.000000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
        ("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"),
        ("2026-03-02T10:15:30.1234567Z", "2026-03-02T10:15:30.123456700Z"),
        ("2026-03-02t10:15:30,000000001+02:00", "2026-03-02T08:15:30.000000001Z"),
        ("2026-03-02 10:15:30.12345678-0530", "2026-03-02T15:45:30.123456780Z"),
        ("2026-03-02T10:15:30.123456000Z", "2026-03-02T10:15:30.123456Z"),
    ],
)
def test_a_clients_time_is_kept_to_the_nanosecond_in_utc(submitted: str, kept: str) -> None:
    assert in_utc(submitted) == kept


@pytest.mark.parametrize(
    ("submitted", "message"),
    [
        ("2026-11-23T20:23:08", "time zone"),
        ("2026-11-23T20:23:08.1234567891Z", "nine fractional digits"),
        ("2026-11-23T20:23:08.1234560000Z", "nine fractional digits"),
        ("2026-02-30T00:00:00Z", "date that exists"),
        ("2026-11-23T25:00:00Z", "hour of 00 to 23"),
        ("2026-11-23T24:00:00Z", "midnight as 00:00"),
        ("2026-11-23T20:60:00Z", "minute of 00 to 59"),
        ("2026-11-23T20:23:60Z", "leap second"),
        ("2026-11-23T20:60+02:00", "minute of 00 to 59"),
        ("2026-11-23T20:23:08+24:00", "offset of less than 24 hours"),
        ("2026-11-23T20:23+25:00", "offset of less than 24 hours"),
        ("2026-13-23T20:23-23:00", "date that exists"),
        ("0000-01-01T00:00:00Z", "date that exists"),
        ("2026-11-23T20:23:08+02:75", "ISO 8601"),
        ("2026-11-23T20:23:08-0060", "ISO 8601"),
        ("9999-12-31T23:59:59.999999-00:01", "years 1 to 9999"),
        ("0001-01-01T00:00:00+00:01", "years 1 to 9999"),
        ("10000-01-01T00:00:00Z", "ISO 8601"),
        ("2026-11-23", "ISO 8601"),
        ("2026-W48-1T00:00:00Z", "ISO 8601"),
        ("1795465388", "ISO 8601"),
        ("yesterday", "ISO 8601"),
        ("", "ISO 8601"),
        (" 2026-11-23T20:23:08Z", "ISO 8601"),
        ("2026-11-23T20:23:08.Z", "ISO 8601"),
        ("\u0662\u0660\u0662\u0666-11-23T20:23:08Z", "ISO 8601"),
    ],
)
def test_a_time_that_names_no_exact_instant_is_refused_with_advice(
    submitted: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        in_utc(submitted)


def test_a_time_of_the_service_has_no_nanoseconds() -> None:
    assert parse_iso_8601("2026-03-02T10:15:30.123456000Z") == 1_772_446_530_123_456
    with pytest.raises(ValueError, match="six fractional digits"):
        parse_iso_8601("2026-03-02T10:15:30.123456001Z")


@given(
    st.datetimes(),
    st.integers(0, 9).flatmap(
        lambda digits: st.text("0123456789", min_size=digits, max_size=digits)
    ),
    st.sampled_from(["Z", "z", "+00:00", "-00", "+14:00", "-0930"]),
)
def test_the_instant_is_the_same_to_the_nanosecond(when: datetime, digits: str, zone: str) -> None:
    """Python's own reader finds the second; a fraction says the rest."""
    second = f"{when:%H:%M:%S}"
    text = f"{when.date().isoformat()}T{second}{'.' + digits if digits else ''}{zone}"
    moment = datetime.fromisoformat(f"{when.date().isoformat()}T{second}{zone.upper()}")
    try:
        written = in_utc(text)
    except ValueError as error:
        assert "years 1 to 9999" in str(error)  # noqa: PT017 (near the ends of time)
        return
    seconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    assert nanoseconds(written) == seconds * 10**9 + int(digits.ljust(9, "0") or 0)
    assert written[-1] == "Z"
    assert len(written) == (30 if digits[6:].strip("0") else 27)


@given(st.text(alphabet="0123456789-+:.,TtZz \u0661", max_size=40))
def test_any_text_gives_a_time_or_advice(text: str) -> None:
    try:
        written = in_utc(text)
    except ValueError as error:
        assert str(error).startswith("must ")  # noqa: PT017 (either is right)
    else:
        assert are_canonical([written]) or nanoseconds(written) % 1_000
