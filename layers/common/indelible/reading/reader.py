"""The reader: the ledger, the index and the kept directory that reading a chain needs."""

from __future__ import annotations

from dataclasses import dataclass

from ..chain.ledger import Ledger
from ..index.directory import Directory
from ..index.ports import Index
from .sizes import SIZES, Sizes


@dataclass(frozen=True, slots=True)
class Reader:
    """The chains, their index, and the directory that is kept between requests."""

    ledger: Ledger
    index: Index
    directory: Directory
    sizes: Sizes = SIZES
