"""The code in docs/clients/outbox.md."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).parents[4] / "docs" / "clients" / "outbox.md"


def blocks(language: str) -> list[str]:
    """The blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
