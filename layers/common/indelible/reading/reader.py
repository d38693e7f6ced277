"""What reading a chain needs, and what it remembers of where things are."""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.ledger import Ledger
from ..index.directory import Directory
from ..index.port import Index


@dataclass(frozen=True, slots=True)
class Reader:
    """The chains, where to look in them, and a directory kept between requests."""

    ledger: Ledger
    index: Index
    directory: Directory
