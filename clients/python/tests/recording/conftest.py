"""Tests with `spool` run with a buffer and with a spool."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["buffer", "spool"])
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "events.spool" if request.param == "spool" else None
