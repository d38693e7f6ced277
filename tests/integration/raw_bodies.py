"""Bodies written by hand, so that they can hold text that no JSON library would write."""

from __future__ import annotations

GOOD = '{"actor_id":"user_2hG9kLm","action":"document.created"}'


def batch(*events: str) -> str:
    """A body of these events, given as text that need not be JSON."""
    return '{"events":[' + ",".join(events) + "]}"


def with_field(text: str) -> str:
    """An event with one more field, as text."""
    return f'{{"actor_id":"user_2hG9kLm","action":"document.created",{text}}}'
