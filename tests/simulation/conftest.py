"""The engines that must give the same answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from support.engines import DYNAMODB_LOCAL, MOTO, TABLE

from .dynamodb import DynamoDB
from .stage import Stage, open_stage

DOUBLE = "double"


@pytest.fixture(params=[DOUBLE, MOTO, DYNAMODB_LOCAL])
def client(request: pytest.FixtureRequest) -> Any:
    """A client of an engine with the table."""
    if request.param == DOUBLE:
        return DynamoDB(TABLE)
    name = "moto_table" if request.param == MOTO else "dynamodb_local_table"
    return request.getfixturevalue(name).client


@pytest.fixture
def pk() -> str:
    """A separate partition, because an engine outlives a test."""
    return f"PARTITION#{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def stage(environment: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The functions on doubles."""
    with open_stage() as opened:
        yield opened
