"""One event as the record that filters are tried on, and what a refused filter says."""

from __future__ import annotations

from typing import Any

import pytest
from indelible.errors import ValidationFailed
from indelible.filters import read_filters
from support.builders import a_chain, a_queued_event, records_of


def a_record(**fields: object) -> bytes:
    """The record of one event."""
    return records_of(a_chain(1, 1, [a_queued_event(**fields)]))[0]  # type: ignore[arg-type]


def refusal(parameters: dict[str, Any]) -> str:
    """The message of the error that these parameters raise."""
    with pytest.raises(ValidationFailed) as refused:
        read_filters(parameters)
    return str(refused.value)
