"""Requests for exports: reads a request for a new export, or finds one."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, TypeGuard

from ..chain.fields import text_of_id
from ..errors import Expired, NotFound, ValidationFailed
from ..filters import IDS, read_filters, refuse_unknown
from ..identifiers import UUID_ENTROPY_BYTES, is_uuid7, uuid7
from ..matching.metadata import MAX_SHOWN, PREFIX, text_of
from ..times import MILLISECOND
from .job import Export, Format, new_revision
from .ports import Exports

if TYPE_CHECKING:
    from ..accounts.caller import Caller


def read_export_request(
    caller: Caller, body: object, now: int, entropy: Callable[[int], bytes]
) -> Export:
    """A new export, which is not stored yet. Raises ValidationFailed when the body is not valid.

    `body` is the JSON value `{"format": ..., "bom": ..., "filters": {...}}`. All are optional, and
    null means absent. Filters may also be fields of the body itself. The empty array means the
    empty object, because PHP sends it. An integer as an id becomes its decimal text. `now` is in
    microseconds. The caller's forced filters apply.
    """
    file_format, bom, filters = _read_request(body)
    return Export(
        workspace_id=caller.workspace_id,
        id=uuid7(now // MILLISECOND, entropy(UUID_ENTROPY_BYTES)),
        format=file_format,
        bom=bom,
        filters=read_filters(caller.restrict(filters)),
        created_at=now,
        revision=new_revision(entropy),
        forced_filters={**caller.forced_filters} if caller.holds_token else None,
    )


def find_export(exports: Exports, workspace_id: str, export_id: str, now: int) -> Export:
    """The export. `now` is in microseconds.

    Raises NotFound when there is none or it belongs to another workspace; the error does not say
    which. Raises Expired when the workspace had it.
    """
    return _unless_expired(_find(exports, workspace_id, export_id), now)


def find_visible_export(exports: Exports, caller: Caller, export_id: str, now: int) -> Export:
    """The export, like `find_export`. `now` is in microseconds.

    Raises NotFound also if the export is not visible to the caller, even when it has expired.
    """
    export = _find(exports, caller.workspace_id, export_id)
    if not is_visible(export, caller):
        raise _not_found()
    return _unless_expired(export, now)


def is_visible(export: Export, caller: Caller) -> bool:
    """Whether an export of the caller's workspace is one of the caller's.

    An API key has all. A token holder has those that tokens for the same tenant and actor have
    started. Others may have the same events, but their filters, and whether they go on, are not a
    token holder's.
    """
    return not caller.holds_token or export.forced_filters == caller.forced_filters


def _find(exports: Exports, workspace_id: str, export_id: str) -> Export:
    export = exports.find(workspace_id, export_id) if is_uuid7(export_id) else None
    if export is None:
        raise _not_found()
    return export


def _not_found() -> NotFound:
    return NotFound("The workspace has no export with this id.")


def _unless_expired(export: Export, now: int) -> Export:
    if now < export.expires_at:
        return export
    if export.is_finished:
        raise Expired("The export has expired: exports are kept for 7 days. Start a new one.")
    raise Expired("The export was not finished within two days. Start a new one.")


def _read_request(body: object) -> tuple[Format, bool, dict[str, str | list[str]]]:
    fields = {} if body == [] else body
    if not isinstance(fields, dict):
        raise ValidationFailed("The body must be a JSON object, or empty.")
    chosen, bom = fields.get("format"), fields.get("bom")
    if chosen not in (None, *Format):
        raise ValidationFailed("`format` must be csv or ndjson.")
    if bom is not None and not isinstance(bom, bool):
        raise ValidationFailed("`bom` must be true or false.")
    if bom and chosen == Format.NDJSON:
        raise ValidationFailed("`bom` is for csv: a byte order mark would not be JSON.")
    return Format(chosen or Format.CSV), bool(bom), _read_values(_filters_in(fields))


def _filters_in(fields: dict[str, object]) -> object:
    """The filters of a request, which are in `filters` or beside it."""
    beside = {name: fields[name] for name in fields.keys() - {"format", "bom", "filters"}}
    filters = fields.get("filters")
    if filters is None or filters == []:
        return beside
    if beside:
        name = min(beside)[:MAX_SHOWN]
        raise ValidationFailed(f"Put {name!r} into `filters`, or leave out `filters`; not both.")
    return filters


def _read_values(filters: object) -> dict[str, str | list[str]]:
    if not isinstance(filters, dict):
        raise ValidationFailed("`filters` must be an object.")
    values: dict[str, str | list[str]] = {}
    for name, value in filters.items():
        refuse_unknown(name)
        read = _text_of(name, value)
        if isinstance(read, str) or (name == "action" and _are_texts(read)):
            values[name] = read
        elif read is not None:
            raise ValidationFailed(f"The filter {name[:MAX_SHOWN]!r} must be {_kind_of(name)}.")
    return values


def _text_of(name: str, value: object) -> object:
    """The text of a filter whose value is not one, if it may have such a value."""
    if name.startswith(PREFIX) and (type(value) is bool or _is_exact_float(value)):
        return text_of(value)
    return text_of_id(value) if name in IDS or name.startswith(PREFIX) else value


def _is_exact_float(value: object) -> TypeGuard[float]:
    """ChangedNumber is another type."""
    return type(value) is float and isfinite(value)


def _are_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _kind_of(name: str) -> str:
    """What the value of a filter must be, and what to do."""
    if name == "action":
        return "a string or an array of strings"
    if name.startswith(PREFIX):
        return "a string, a number or a boolean; put the value in quotes"
    if name in IDS:
        return "a string or an integer of at most 64 bits; put the value in quotes"
    return "a string; put the value in quotes"
