"""Runs are repeatable in every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .wired import small_and_in_order


@pytest.fixture(autouse=True, scope="package")
def _small_and_in_order() -> Iterator[None]:
    with small_and_in_order():
        yield
