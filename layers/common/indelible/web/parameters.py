"""Parameters of a query that are not filters."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import ValidationFailed


def take_limit(asked: dict[str, str], otherwise: int, at_most: int) -> int:
    """Take `limit` out of the parameters. ValidationFailed when it is no number from 1 to that."""
    text = asked.pop("limit", None)
    if text is None:
        return otherwise
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(at_most))
    if not digits or not 1 <= int(text) <= at_most:
        raise ValidationFailed(f"`limit` must be a number from 1 to {at_most}.")
    return int(text)


def take_flag(asked: dict[str, str], name: str) -> bool:
    """Take `true` or `false` out of the parameters; false when it is not there."""
    text = asked.pop(name, "false")
    if text not in ("true", "false"):
        raise ValidationFailed(f"`{name}` must be true or false.")
    return text == "true"


def refuse_others(asked: Mapping[str, str]) -> None:
    """ValidationFailed when there are parameters left that nobody has taken."""
    for unknown in sorted(asked):
        raise ValidationFailed(f"There is no parameter {unknown[:64]!r} here.")
