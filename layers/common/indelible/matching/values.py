"""Values: what a request may give to a filter, so that none silently matches nothing."""

from __future__ import annotations

from ..encoding import replace_surrogates
from ..errors import ValidationFailed
from .metadata import PREFIX, shown_name
from .selectable import WILDCARD

MAX_TEXT = 1_024
"""Maximum length of a filter's text, in characters."""


def refuse_text(name: str, text: str) -> None:
    """Raise ValidationFailed unless the filter may have this text."""
    _refuse_length(name, text)
    is_letter = name == "search" or name.startswith(PREFIX)
    if WILDCARD in text and not is_letter:
        raise ValidationFailed(f"`{name}` cannot have a `*`. Only `action` can end with one.")


def refuse_action(action: str) -> None:
    """Raise ValidationFailed unless this may be one of the wanted actions."""
    _refuse_length("action", action)
    if WILDCARD in action[:-1]:
        raise ValidationFailed("`action` can have a `*` only at its end, as in `invoice.*`.")
    if "," in action:
        raise ValidationFailed(
            "`action` cannot have a comma. For several actions, repeat `action`; in JSON, send an"
            " array."
        )


def _refuse_length(name: str, text: str) -> None:
    shown = shown_name(name)
    if not 1 <= len(text) <= MAX_TEXT:
        raise ValidationFailed(f"`{shown}` must have 1 to {MAX_TEXT} characters.")
    if replace_surrogates(name + text) != name + text:  # cursors are signed over UTF-8
        raise ValidationFailed(f"`{shown}` must be valid Unicode.")
