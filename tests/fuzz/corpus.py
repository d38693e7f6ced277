"""The corpus: inputs kept in the repository, one per file, from which mutations start."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def files_of(target: str) -> list[Path]:
    """The files of a target's corpus, by name."""
    return sorted(each for each in (FOLDER / target).iterdir() if each.is_file())


@cache
def read_corpus(target: str) -> list[bytes]:
    """The inputs of a target's corpus."""
    return [each.read_bytes() for each in files_of(target)]
