"""Terms: what a record can be looked up by, and the number that stands for each of them."""

from __future__ import annotations

from hashlib import sha256

from ..filters import EXACT, WILDCARD, Filters, Selectable
from .levels import NUMBER_BITS

MOST_TERMS = 64
"""Of one record; one with more is found by every term, so that nobody can swell the index."""

_DIGEST_BYTES = 8

Term = tuple[str, str]
"""A name and a value."""


def terms_of(event: Selectable) -> set[Term]:
    """Everything a record is found by, but for its id."""
    terms = {(name, value) for name in EXACT if (value := getattr(event, name)) is not None}
    terms.add(("action", event.action))
    # Beginnings are copies, and a hostile action is all dots: no more than is already too many.
    terms.update(_prefix(event.action, end) for end in _word_ends(event.action)[: MOST_TERMS + 1])
    for target in event.targets:
        if target.type is not None:
            terms.add(("target_type", target.type))
        if target.id is not None:
            terms.add(("target_id", target.id))
    return terms


def terms_for(filters: Filters) -> list[Term]:
    """The terms that every record has which these filters mean; none when only reading can tell.

    `search` has none. A prefix of actions has that of its whole words, `invoice.` for
    `invoice.pa*`.
    """
    terms = []
    for name, value in filters.texts.items():
        if name == "action" and value.endswith(WILDCARD):
            terms += [_prefix(value, end) for end in _word_ends(value)[-1:]]
        elif name != "search":
            terms.append((name, value))
    return terms


def _word_ends(action: str) -> list[int]:
    """The lengths of an action's beginnings that end with a dot, shortest first."""
    return [place + 1 for place, letter in enumerate(action) if letter == "."]


def _prefix(action: str, end: int) -> Term:
    return ("action_prefix", action[:end])


def id_term(event_id: str) -> Term:
    """The term of an event's id; only displaced records have it."""
    return ("id", event_id)


def number_of(workspace_id: str, term: Term) -> int:
    """The number that stands for a term in its workspace: the first bits of SHA-256.

    Neither a workspace's id nor a term's name holds the separator. Two terms may share a number:
    then each finds the other's records too, which are looked at and left out.
    """
    text = "\0".join((workspace_id, *term))
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_DIGEST_BYTES]) >> (8 * _DIGEST_BYTES - NUMBER_BITS)
