"""What every function does at its start and around its own work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext as Context
from indelible.errors import MissingSettings
from indelible.runtime.clock import now
from indelible.runtime.function import has_time_beyond, read_settings, remaining_seconds
from support.handlers import LambdaContext


@dataclass(frozen=True, slots=True)
class Settings:
    table_name: str
    queue_url: str
    secret_arn: str


FULL = {"TABLE_NAME": "a table", "QUEUE_URL": "a queue", "SECRET_ARN": "a secret", "HOME": "/"}


def test_settings_are_the_variables_of_the_same_names() -> None:
    assert read_settings(Settings, FULL) == Settings("a table", "a queue", "a secret")


def test_every_missing_or_empty_variable_is_named() -> None:
    with pytest.raises(MissingSettings, match="lacks TABLE_NAME, SECRET_ARN;"):
        read_settings(Settings, {"QUEUE_URL": "a queue", "SECRET_ARN": ""})


@dataclass(frozen=True, slots=True)
class WithOptional:
    table_name: str
    notes_url: str = ""


@pytest.mark.parametrize("environment", [{}, {"NOTES_URL": ""}])
def test_a_field_with_a_default_may_be_absent_or_empty(environment: dict[str, str]) -> None:
    full = {"TABLE_NAME": "a table"}
    assert read_settings(WithOptional, full | environment) == WithOptional("a table", "")
    found = read_settings(WithOptional, {**full, "NOTES_URL": "a queue"})
    assert found == WithOptional("a table", "a queue")
    with pytest.raises(MissingSettings, match="lacks TABLE_NAME;"):
        read_settings(WithOptional, environment)


def test_there_is_time_while_more_than_the_spare_seconds_are_left() -> None:
    context = cast("Context", LambdaContext(seconds=10.0))
    assert 9.0 < remaining_seconds(context) <= 10.0
    assert has_time_beyond(context, 5.0)()
    assert not has_time_beyond(context, 10.0)()


def test_the_clock_returns_microseconds() -> None:
    in_2026, in_2126 = 1_767_225_600_000_000, 4_922_899_200_000_000
    assert in_2026 < now() < in_2126
