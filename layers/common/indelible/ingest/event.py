"""Events as a client submits them, validated one by one."""

from __future__ import annotations

from typing import Any

import msgspec

from ..chain.fields import MAX_DEPTH, SubmittedEvent
from ..times import in_utc
from .content import digest_content
from .exactness import are_exact
from .receipt import FieldError
from .sizes import encode, first_oversized


class ValidEvent(msgspec.Struct, frozen=True, gc=False):
    """An event that can be chained: its fields as compact JSON, and its idempotency key.

    `content_sha256` is the digest of an event with a key (see `content.py`).
    """

    fields: bytes
    idempotency_key: str | None
    content_sha256: bytes | None = None


def validate(submitted: object) -> ValidEvent | tuple[FieldError, ...]:
    """The event, or everything that is wrong with it.

    Fields are kept as submitted, except that null fields are left out, `occurred_at` is written in
    UTC, and `respell` is applied. Raises RuntimeError when an event is refused without an error.
    That is a bug.
    """
    if type(submitted) is dict:  # RepeatedNames is a subclass
        # Only what is refused is respelled, so that other events pay nothing for it.
        event = _accept(submitted) or _accept_respelled(submitted)
        if event is not None:
            return event
    # Imported here because pydantic is large and most requests have no invalid event.
    from .explain import find_errors  # noqa: PLC0415

    errors = find_errors(submitted)
    if not errors:
        raise RuntimeError("an event was refused without an error")
    return errors


def _accept_respelled(submitted: dict[str, Any]) -> ValidEvent | None:
    from .respelling import respell  # noqa: PLC0415 (most requests do not need it)

    respelled = respell(submitted)
    return None if respelled is submitted else _accept(respelled)


def _accept(submitted: dict[str, Any]) -> ValidEvent | None:
    """The event, or None when anything is wrong with it. `explain.py` finds the errors."""
    try:
        msgspec.convert(submitted, SubmittedEvent)
        fields = {name: value for name, value in submitted.items() if value is not None}
        if (occurred_at := fields.get("occurred_at")) is not None:
            fields["occurred_at"] = in_utc(occurred_at)
        if not are_exact(fields.values(), MAX_DEPTH - 1):
            return None
        encoded = encode(fields)
    except ValueError:
        return None
    if first_oversized(fields, len(encoded)):
        return None
    key = fields.get("idempotency_key")
    return ValidEvent(encoded, key, None if key is None else digest_content(fields))
