"""Numbers in bodies: exact, or invalid at their path. The other events of a request are queued."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from indelible.encoding import MAX_DIGITS, OUT_OF_RANGE, ChangedNumber, read_integer
from indelible.ingest.batch import batch_of
from indelible.ingest.event import ValidEvent, validate
from indelible.ingest.receipt import FieldError, Status
from support.bodies import read_body
from support.examples import examples
from unit.ingest_driver import IngestDriver

GOOD = '{"actor_id":"user_1","action":"invoice.paid"}'
SURROGATE = '{"actor_id":"\\ud800","action":"a"}'


def with_value(text: str) -> str:
    """A valid event as JSON but for this text in its metadata."""
    return f'{GOOD[:-1]},"metadata":{{"order":[{{"total":{text}}}]}}}}'


def read(text: str) -> object:
    return read_body(text, {}, is_base64=False)


def submitted(*events: str) -> list[tuple[Status, tuple[FieldError, ...]]]:
    """The status and the errors of each event of a batch."""
    receipts = IngestDriver().submit(*batch_of(read(f'{{"events":[{",".join(events)}]}}')))
    return [(receipt.status, receipt.errors) for receipt in receipts]


INEXACT = [
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "-1E-400", "0.1e-400",
    "12345678901234567890.123", "0.123456789012345678", "1.00000000000000001",
    "123456789012345678.0", "12345678901234567.8e-5", "-100000000000000000.1e300",
    "1e99999999999999999999", "1e-99999999999999999999", f"0.{'0' * 400}1",
]  # fmt: skip
EXACT = [
    "1.0", "0.1", "1e5", "100.00", "0.1234567890123456", "-0.0", "0e999", "0.0e-999", "1e308",
    "123456789012345680000.0", "1e22", "2.2250738585072014e-308", "1.5000000000000000000000",
    "0.0000000000000000000000001", "0.30000000000000004", "1E+5", "52.520008",
]  # fmt: skip


@pytest.mark.parametrize("text", INEXACT)
@pytest.mark.parametrize("beside", [GOOD, SURROGATE], ids=["msgspec", "the standard library"])
def test_a_number_that_a_reader_changes_is_invalid_at_its_path(text: str, beside: str) -> None:
    _, (status, errors), after = submitted(beside, with_value(text), GOOD)
    [(field, message)] = errors
    assert (status, field) == (Status.INVALID, "metadata.order.0.total")
    assert "send it as a string" in message
    assert after == (Status.QUEUED, ())


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize("beside", [GOOD, SURROGATE], ids=["msgspec", "the standard library"])
def test_a_number_that_every_reader_keeps_is_accepted(text: str, beside: str) -> None:
    assert submitted(beside, with_value(text))[1] == (Status.QUEUED, ())


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("place", ["actor_id", "version", "occurred_at", "targets", "metadata"])
def test_a_token_for_no_number_is_invalid_wherever_it_is(token: str, place: str) -> None:
    event = json.dumps({**json.loads(GOOD), place: "<token>"}).replace('"<token>"', token)
    before, (status, errors), after = submitted(GOOD, event, GOOD)
    assert (status, [error.field for error in errors]) == (Status.INVALID, [place])
    assert before == after == (Status.QUEUED, ())


@pytest.mark.parametrize("token", ["NaN", "Infinity"])
def test_a_token_in_a_string_or_a_name_is_text(token: str) -> None:
    event = f'{GOOD[:-1]},"metadata":{{"{token}":"{token}, 1e400"}}}}'
    assert submitted(event) == [(Status.QUEUED, ())]


@pytest.mark.parametrize("bodies", ["NaN", '{"events":NaN}', "1e400"])
def test_a_token_in_place_of_the_events_is_no_batch(bodies: str) -> None:
    with pytest.raises(Exception, match=r"must be (a JSON object|an array)"):
        batch_of(read(bodies))


DIGITS = st.text("0123456789", min_size=1, max_size=24)
NUMBERS = st.builds(
    lambda sign, whole, fraction, exponent: f"{sign}{int(whole)}{fraction}{exponent}",
    st.sampled_from(["", "-"]),
    DIGITS | st.just("0"),
    st.just("") | DIGITS.map(lambda digits: f".{digits}"),
    st.just("") | st.integers(-420, 420).map(lambda power: f"e{power}"),
)


def significant(text: str) -> int:
    """The significant digits of a number, counted without the code under test."""
    return len(Decimal(text).normalize().as_tuple().digits)


@given(NUMBERS)
@example("-0")
@settings(max_examples=examples(1_000))
def test_an_accepted_number_comes_back_exactly(text: str) -> None:
    """As a decimal up to 15 digits, which a double identifies, and as a double beyond."""
    checked = validate(read(with_value(text)))
    exact = Decimal(text)
    is_integer = re.fullmatch(r"-?\d+", text) is not None
    if isinstance(checked, tuple):
        assert [error.field for error in checked] == ["metadata.order.0.total"]
        if is_integer:
            assert not -(2**63) <= exact < 2**64
        else:
            lost = float(text) in (0, float("inf"), float("-inf"))
            assert lost or significant(text) > MAX_DIGITS
        return
    kept = json.loads(checked.fields, parse_float=Decimal)["metadata"]["order"][0]["total"]
    if is_integer or (significant(text) <= 15 and abs(exact) > Decimal("1e-307")):
        assert kept == exact
    assert float(kept) == float(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=examples(500))
@pytest.mark.parametrize("form", [repr, "{:.17g}".format, "{:.16e}".format])
def test_every_double_is_accepted_however_a_program_prints_it(form: object, number: float) -> None:
    """Shortest digits, or the 17 that C, PHP and .NET print."""
    assert callable(form)
    checked = validate(read(with_value(form(number))))
    assert isinstance(checked, ValidEvent)
    kept = json.loads(checked.fields)["metadata"]["order"][0]["total"]
    assert kept == number


@given(st.lists(NUMBERS, max_size=5))
def test_both_readers_read_the_same_numbers(texts: list[str]) -> None:
    """Another library reads a body in which a name is given twice."""
    array = f"[{','.join(texts)}]"
    alone, beside = read(array), read(f'[{array},{{"a":1,"a":2}}]')
    assert isinstance(alone, list)
    assert isinstance(beside, list)
    assert repr(alone) == repr(beside[0])
    assert [*map(type, alone)] == [*map(type, beside[0])]


def test_numbers_that_were_changed_do_not_hide_a_name_given_twice() -> None:
    event = f'{GOOD[:-1]},"metadata":{{"a":1e-400,"a":1e-400}}}}'
    _, (status, [error]) = submitted(GOOD, event)
    assert (status, error.field) == (Status.INVALID, "metadata.a")
    assert error.message.startswith("is given twice")


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_of_a_megabyte_is_out_of_range(sign: str) -> None:
    assert read_integer(sign + "1" * 1_000_000) == OUT_OF_RANGE
    assert isinstance(read("0." + "1" * 1_000_000), ChangedNumber)
