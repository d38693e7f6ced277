"""The options of a command for filters: one for each filter of the API, by the same name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Annotated, Any

import typer

from ..errors import ValidationFailed
from ..filters import CREATED, OCCURRED, TEXTS, Filters, read_filters
from ..matching.metadata import PREFIX

_HELP = {
    "actor_id": "Who did it.",
    "actor_type": "The type of who did it.",
    "action": "What was done; `invoice.*` for all that begin so. Repeat it for any of several.",
    "action_category": "The group of actions.",
    "resource": "The type of the object.",
    "resource_id": "The object's id.",
    "object_id": "The id of the object, or of one of the targets.",
    "tenant_id": "Your customer.",
    "session_id": "The session.",
    "ip_address": "The address that it came from.",
    "target_type": "The type of a target.",
    "target_id": "The id of a target. With --target-type, one target must have both.",
    "search": "A text in names, ids, the action or the metadata, in whatever case.",
    "from": "The earliest created_at, ISO 8601; a date is its whole UTC day.",
    "to": "The latest created_at.",
    "occurred_from": "The earliest time when it happened: occurred_at, else created_at.",
    "occurred_to": "The latest time when it happened.",
}
_REPEATED = ("action", "metadata")
_QUOTED = re.compile(r"`(metadata\.[^`]*|[a-z_]+)`")
_ONLY_IN_JSON = re.compile("; in JSON[^.]*")
"""Advice for requests with a body. The command line has none."""


def takes_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options for filters. It gets them as its argument `filters`.

    A wrong value exits with status 2.
    """

    @wraps(command)
    def run(**arguments: Any) -> None:
        chosen = {name: arguments.pop(_variable(name)) for name in (*_HELP, "metadata")}
        command(**arguments, filters=_read_options(chosen))

    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.name != "filters"]
    parameters = [*own, *_options()]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    del run.__wrapped__  # typer would read its annotations
    return run


def _options() -> Iterator[inspect.Parameter]:
    for name in (*TEXTS, "metadata", *OCCURRED, *CREATED):
        if name == "metadata":
            help_text, metavar = "Metadata at a path, such as a.b=x. May be repeated.", "PATH=TEXT"
        else:
            help_text = _HELP[name]
            metavar = "TIME" if name in (*OCCURRED, *CREATED) else "TEXT"
        option = typer.Option(_flag(name), metavar=metavar, help=help_text, show_default=False)
        kind: Any = list[str] if name in _REPEATED else str
        yield inspect.Parameter(
            _variable(name),
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind | None, option],
        )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _variable(name: str) -> str:
    """The name of a parameter in Python: `from` is a keyword."""
    return f"filter_{name}"


def _read_options(chosen: dict[str, Any]) -> Filters:
    """Filters from the values of the options. BadParameter names the option that is wrong.

    An empty text is wrong, too. A script whose variable is not set must not export every event.
    """
    given: dict[str, str | list[str]] = {
        name: value
        for name, value in chosen.items()
        if value not in (None, []) and name != "metadata"
    }
    for text in chosen["metadata"] or ():
        path, equals, value = text.partition("=")
        name = PREFIX + path
        if not (path and equals):
            raise typer.BadParameter("--metadata needs PATH=TEXT, such as --metadata a.b=x.")
        if name in given:
            raise typer.BadParameter(f"--metadata {path} may be given only once.")
        given[name] = value
    try:
        return read_filters(given)
    except ValidationFailed as error:
        sentence = _ONLY_IN_JSON.sub("", str(error))
        raise typer.BadParameter(_QUOTED.sub(_as_option, sentence)) from None


def _as_option(quoted: re.Match[str]) -> str:
    name = quoted[1]
    if name.startswith(PREFIX):
        return f"`--metadata {name.removeprefix(PREFIX)}`"
    return f"`{_flag(name)}`" if name in _HELP else quoted[0]
