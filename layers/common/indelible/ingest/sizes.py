"""Sizes: the limits on the size of an event and its metadata as compact JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..chain.fields import MAX_EVENT_BYTES, MAX_METADATA_BYTES, MAX_TARGETS
from .receipt import FieldError

TOO_LARGE = FieldError("", f"must be at most {MAX_EVENT_BYTES} bytes as JSON; shorten it")
_TOO_MANY = FieldError(
    "targets", f"must have at most {MAX_TARGETS} items; send the others as another event"
)
_TOO_LARGE_METADATA = f"must be at most {MAX_METADATA_BYTES} bytes as JSON; shorten it"

encode = msgspec.json.Encoder().encode
"""Compact JSON in UTF-8. ValueError when a string has an unpaired surrogate."""


def first_oversized(fields: Mapping[str, Any], size: int) -> FieldError | None:
    """The error of the first part that is too large in an event of `size` bytes, or None."""
    if size <= MAX_METADATA_BYTES:
        return None
    targets = enumerate(fields.get("targets", []))
    metadata = {f"targets.{index}.metadata": target.get("metadata") for index, target in targets}
    for path, value in {"metadata": fields.get("metadata"), **metadata}.items():
        if len(encode(value)) > MAX_METADATA_BYTES:
            return FieldError(path, _TOO_LARGE_METADATA)
    return TOO_LARGE if size > MAX_EVENT_BYTES else None


def count_excess(submitted: Mapping[str, object]) -> FieldError | None:
    """The error of an event with more targets or names than fit into one, or None.

    Without this check, each of them could be an error of its own. Reporting 4 MiB of `{}` took
    1.3 GB.
    """
    value = submitted.get("targets")
    targets = value if isinstance(value, list) else []
    if len(targets) > MAX_TARGETS:
        return _TOO_MANY
    names = len(submitted) + sum(len(each) for each in targets if type(each) is dict)
    return TOO_LARGE if names * len('"":0') > MAX_EVENT_BYTES else None
