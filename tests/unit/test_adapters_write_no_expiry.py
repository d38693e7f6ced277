"""No adapter writes an attribute that time to live could use, whatever is enabled on the table.

A role that may write such an attribute could have DynamoDB delete what IAM forbids it to delete.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.handlers import ROOT

ADAPTERS = sorted((ROOT / "layers" / "common" / "indelible" / "aws").glob("*.py"))


def test_the_adapters_are_found() -> None:
    names = {each.name for each in ADAPTERS}
    stored = {"claims.py", "export_jobs.py", "index.py", "kept_look_ups.py", "ledger.py"}
    assert stored | {"usage_item.py", "usage_update.py"} <= names


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda each: each.stem)
def test_no_adapter_writes_an_attribute_named_expires_at(adapter: Path) -> None:
    source = adapter.read_text()
    for written in ('"expires_at"', "'expires_at'", "expires_at =", "`expires_at`"):
        assert written not in source
