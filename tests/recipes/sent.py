"""Requests as the tools of docs/recipes.md send them. `make.py` makes those that have a mapping."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
BODIES = HERE / "bodies"
LINES = (HERE / "audit.log").read_text().splitlines()
"""Two records, and one without the id of its actor, which no mapping may send."""


class Sent(NamedTuple):
    """A request: its type, its body before compression, and the digest of the mapping in use."""

    content_type: str
    body: str
    mapping_sha256: str

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers besides the key."""
        return [("Content-Type", self.content_type), ("Content-Encoding", "gzip")]

    @property
    def packed(self) -> str:
        """The body as API Gateway passes it on."""
        return pack(self.body)


def pack(body: str) -> str:
    """A body in gzip, as API Gateway passes it on."""
    return base64.b64encode(gzip.compress(body.encode())).decode()


def stored(name: str) -> Sent:
    """The request of a tool."""
    return Sent(**recorded(name))


def recorded(name: str) -> Any:
    """The stored JSON of that name."""
    return json.loads((BODIES / f"{name}.json").read_text())
