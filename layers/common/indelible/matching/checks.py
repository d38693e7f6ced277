"""Checks: whether an event satisfies a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .metadata import PREFIX, all_texts, read_path, texts_at
from .selectable import WILDCARD, Selectable

Check = Callable[[Selectable], bool]

_BETWEEN = "\x1f"
"""Separates the ASCII texts, which are searched together. It is a control character of ASCII."""


def check_equal(name: str, text: str) -> Check:
    """Whether the event's field of this name is the text."""
    return lambda event: bool(getattr(event, name) == text)


def check_actions(actions: Sequence[str]) -> Check:
    """Whether the event's action is one of these, or begins like one that ends with `*`."""
    exact = {each for each in actions if not each.endswith(WILDCARD)}
    prefixes = tuple(each.removesuffix(WILDCARD) for each in actions if each.endswith(WILDCARD))
    return lambda event: event.action in exact or event.action.startswith(prefixes)


def check_object(object_id: str) -> Check:
    """Whether the resource or a target has this id."""
    return lambda event: (
        event.resource_id == object_id or any(each.id == object_id for each in event.targets)
    )


def check_target(wanted_type: str | None, wanted_id: str | None) -> Check:
    """Whether one target has both the type and the id; None matches every target."""
    return lambda event: any(
        wanted_type in (None, each.type) and wanted_id in (None, each.id) for each in event.targets
    )


def check_happened(earliest: str, latest: str) -> Check:
    """Whether the event happened between two times, as `Selectable.happened_at` writes them."""
    return lambda event: earliest <= event.happened_at <= latest


def check_metadata(name: str, text: str) -> Check:
    """Whether the metadata has this text at the path that the filter's name has."""
    path = read_path(name)
    return lambda event: text in texts_at(event.metadata, path)


def check_search(search: str) -> Check:
    """Whether a searched text of the event contains this one, in whatever case or form."""
    # Imported here because of the tables of Unicode, which no other filter needs.
    from .caseless import caseless  # noqa: PLC0415

    wanted = caseless(search)

    def check(event: Selectable) -> bool:
        texts = _searched(event)
        if wanted in _BETWEEN.join(filter(str.isascii, texts)).lower() and (
            _BETWEEN not in wanted or any(wanted in each.lower() for each in texts)
        ):
            return True
        return any(wanted in caseless(each) for each in texts if not each.isascii())

    return check


def _searched(event: Selectable) -> list[str]:
    texts = [event.actor_id, event.actor_name, event.action, event.resource_id, event.resource_name]
    for target in event.targets:
        texts += target.id, target.name
    if event.metadata:
        texts += all_texts(event.metadata)
    return [each for each in texts if each]


def checks_by_metadata(texts: Mapping[str, str]) -> Iterator[Check]:
    """The checks of the filters whose names are paths of the metadata."""
    for name, text in texts.items():
        if name.startswith(PREFIX):
            yield check_metadata(name, text)
