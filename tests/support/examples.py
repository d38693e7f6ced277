"""How many examples of a property are tried."""

from __future__ import annotations

from hypothesis import settings

_USUAL = 100


def examples(count: int) -> int:
    """Return `count`, or fewer in the profile `quick`, in the same ratio as there by default."""
    return max(1, count * settings().max_examples // _USUAL)
