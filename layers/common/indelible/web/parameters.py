"""Parameters of a query: flags, limits, filters and the cursor of the next page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from ..chain.order import Order
from ..errors import ValidationFailed
from ..filters import Filters, read_filters
from .cursor import read_cursor, write_cursor

if TYPE_CHECKING:
    from ..accounts.caller import Caller
    from ..reading.event_page import ListPosition
    from ..reading.verification import VerifiedUpTo

_MAX_SIZE_DIGITS = 18

Place = TypeVar("Place", bound=msgspec.Struct)
SigningKey = Callable[[], bytes]
"""Returns the key that signs cursors. It is called only to read or write a cursor."""


@dataclass(frozen=True, slots=True)
class PageRequest(Generic[Place]):
    """A request for at most `limit` results from `position` on; None is the beginning.

    `question` is the JSON value for which its cursors are signed. A cursor is refused when it comes
    with other filters, from another workspace or on another route. `order` is that of a list, and
    `with_proof` is whether its page comes with a proof.
    """

    filters: Filters
    limit: int
    position: Place | None
    question: list[object]
    order: Order = Order.DESC
    with_proof: bool = False

    def next_cursor(self, position: Place | None, key: SigningKey) -> str | None:
        """The cursor to a position; None if there is nothing more."""
        return None if position is None else write_cursor(key(), self.question, position)


class ExportPosition(msgspec.Struct, frozen=True, array_like=True):
    """Where the next page of exports begins: after the export with this id."""

    after: str


def read_list_request(
    caller: Caller, parameters: dict[str, str], key: SigningKey, actions: Sequence[str] = ()
) -> PageRequest[ListPosition]:
    """A request to list events. Raises ValidationFailed or InvalidCursor.

    `parameters` may have an action too, if there is only one.
    """
    # Imported here so that the function that lists exports need not load what reads chains.
    from ..reading.event_page import ListPosition  # noqa: PLC0415

    limit = take_limit(parameters, default=25, maximum=100)
    cursor, order = parameters.pop("cursor", None), take_order(parameters)
    with_proof = _take_include(parameters)
    filters = _read_filters(caller, parameters, actions)
    request = _page_request("events", caller, filters, limit, cursor, ListPosition, key)
    if request.position and request.position.order is not order:
        raise ValidationFailed(
            f"The cursor is of a list with `order={request.position.order.value}`. Send the same "
            "`order` with it, or start again without the cursor."
        )
    return replace(request, order=order, with_proof=with_proof)


def read_summary_request(
    caller: Caller, parameters: dict[str, str], actions: Sequence[str]
) -> tuple[Filters, int]:
    """A request for a summary: its filters, and its days. Raises ValidationFailed."""
    days = take_number(parameters, "days", default=30, maximum=90)
    return _read_filters(caller, parameters, actions), days


def read_verify_request(
    caller: Caller, parameters: dict[str, str], key: SigningKey
) -> PageRequest[VerifiedUpTo]:
    """A request to verify the chain between two times. Raises ValidationFailed or InvalidCursor.

    It verifies all events between these times, also those that the caller may not see.
    """
    from ..reading.verification import VerifiedUpTo  # noqa: PLC0415

    limit = take_limit(parameters, default=10_000, maximum=50_000)
    cursor = parameters.pop("cursor", None)
    times: dict[str, str | list[str]] = {
        name: parameters.pop(name) for name in ("from", "to") if name in parameters
    }
    filters = read_filters(caller.restrict(times))
    refuse_others(parameters)
    return _page_request("verify", caller, filters, limit, cursor, VerifiedUpTo, key)


def read_export_list_request(
    caller: Caller, parameters: dict[str, str], key: SigningKey
) -> PageRequest[ExportPosition]:
    """A request to list exports. Raises ValidationFailed or InvalidCursor."""
    limit = take_limit(parameters, default=25, maximum=100)
    cursor = parameters.pop("cursor", None)
    refuse_others(parameters)
    filters = read_filters(caller.restrict({}))
    return _page_request("exports", caller, filters, limit, cursor, ExportPosition, key)


def _read_filters(caller: Caller, parameters: Mapping[str, str], actions: Sequence[str]) -> Filters:
    """The filters of a request and of its caller. An action may also be among the parameters."""
    wanted: dict[str, str | list[str]] = {**parameters}
    if actions:
        wanted["action"] = [*actions]
    return read_filters(caller.restrict(wanted))


def _page_request(
    route: str,
    caller: Caller,
    filters: Filters,
    limit: int,
    cursor: str | None,
    kind: type[Place],
    key: SigningKey,
) -> PageRequest[Place]:
    question: list[object] = [route, caller.workspace_id, filters.as_json()]
    position = None if cursor is None else read_cursor(key(), question, cursor, kind)
    return PageRequest(filters, limit, position, question)


def take_limit(parameters: dict[str, str], default: int, maximum: int) -> int:
    """Remove `limit` and return it. ValidationFailed unless it is a number from 1 to `maximum`."""
    return take_number(parameters, "limit", default, maximum)


def take_number(parameters: dict[str, str], name: str, default: int, maximum: int) -> int:
    """Remove a number and return it. ValidationFailed unless it is from 1 to `maximum`."""
    text = parameters.pop(name, None)
    if text is None:
        return default
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(maximum))
    if not is_number or not 1 <= int(text) <= maximum:
        raise ValidationFailed(f"`{name}` must be a number from 1 to {maximum}.")
    return int(text)


def take_size(parameters: dict[str, str], name: str) -> int:
    """Remove the size of a tree and return it. ValidationFailed unless it is a whole number."""
    text = parameters.pop(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_SIZE_DIGITS):
        raise ValidationFailed(f"`{name}` must be the size of a tree, a whole number.")
    return int(text)


def take_order(parameters: dict[str, str]) -> Order:
    """Remove `order` and return it; desc if absent. ValidationFailed unless asc or desc."""
    text = parameters.pop("order", Order.DESC.value)
    try:
        return Order(text)
    except ValueError:
        raise ValidationFailed("`order` must be asc (oldest first) or desc.") from None


def _take_include(parameters: dict[str, str]) -> bool:
    """Remove `include` and return whether it asks for a proof."""
    text = parameters.pop("include", None)
    if text not in (None, "proof"):
        raise ValidationFailed("`include` can only be proof.")
    return text is not None


def take_flag(parameters: dict[str, str], name: str) -> bool:
    """Remove a flag and return it; false if absent. ValidationFailed unless true or false."""
    text = parameters.pop(name, "false")
    if text not in ("true", "false"):
        raise ValidationFailed(f"`{name}` must be true or false.")
    return text == "true"


def refuse_others(parameters: Mapping[str, str]) -> None:
    """Raise ValidationFailed when parameters are left that the route does not have."""
    for unknown in sorted(parameters):
        raise ValidationFailed(f"This path has no parameter {unknown[:64]!r}.")
