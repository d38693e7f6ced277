"""Published test vectors, which stay outside the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE_THE_REPOSITORY = Path(__file__).parents[2].parent / "shared" / "vectors"


def published(name: str) -> Path:
    """A file or folder of the published vectors.

    The variable INDELIBLE_VECTORS names their folder; else it is `../shared/vectors`. A test whose
    vectors are missing is left out and says so, but fails in CI.
    """
    folder = Path(os.environ.get("INDELIBLE_VECTORS") or _BESIDE_THE_REPOSITORY)
    path = folder / name
    if path.exists():
        return path
    missing = f"no published vectors at {path}; INDELIBLE_VECTORS names their folder"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
