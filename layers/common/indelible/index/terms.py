"""Terms, by which the index finds records, and the number that stands for a term."""

from __future__ import annotations

from hashlib import sha256

from ..filters import EXACT, WILDCARD, Filters, Selectable
from .levels import NUMBER_BITS

TERMS_VERSION = 1
"""The version of what `terms_of` returns, which every page of the index carries.

Add 1 when a record gets terms that it did not have: a new filter, for example. In a page of another
version every record is a candidate, so that no filter misses the records of older blocks. Pages
that were stored without a version have version 0."""

MAX_TERMS = 64
"""Indexed terms per record, at most. A record with more counts as having every term.

So no client can inflate the index."""

_DIGEST_BYTES = 8

Term = tuple[str, str]
"""A name, such as `actor_id`, and its value."""

_INDEXED = {*EXACT, "action", "target_type", "target_id"}
"""Filters whose values `terms_of` makes terms of. All others are answered by reading records."""


def terms_of(event: Selectable) -> set[Term]:
    """Return the terms of a record, except for its id."""
    terms = {(name, value) for name in EXACT if (value := getattr(event, name)) is not None}
    terms.add(("action", event.action))
    # Each prefix is a copy, and a hostile action may consist of dots: stop after MAX_TERMS.
    terms.update(_prefix(event.action, end) for end in _word_ends(event.action)[: MAX_TERMS + 1])
    for target in event.targets:
        if target.type is not None:
            terms.add(("target_type", target.type))
        if target.id is not None:
            terms.add(("target_id", target.id))
    return terms


def terms_for(filters: Filters) -> list[Term]:
    """Return the terms every matching record must have; empty if the filters cannot use the index.

    A filter that is not indexed, such as `search`, gives no term. A prefix of an action gives its
    whole words: `invoice.` for `invoice.pa*`.
    """
    terms = []
    for name, value in filters.texts.items():
        if name == "action" and value.endswith(WILDCARD):
            terms += [_prefix(value, end) for end in _word_ends(value)[-1:]]
        elif name in _INDEXED:
            terms.append((name, value))
    return terms


def is_exact(filters: Filters) -> bool:
    """Return whether the records with all terms of `terms_for` are exactly those that match.

    Times are left aside. If it is false, a record may have every term and still not match.
    """
    texts = filters.texts
    action = texts.get("action", "")
    prefix = action.removesuffix(WILDCARD)
    return (
        texts.keys() <= _INDEXED
        and not {"target_type", "target_id"} <= texts.keys()  # the same target must match both
        and (prefix == action or prefix[-1:] in ("", "."))  # only whole words are terms
    )


def _word_ends(action: str) -> list[int]:
    """Return the lengths of the action's prefixes that end with a dot, shortest first."""
    return [place + 1 for place, letter in enumerate(action) if letter == "."]


def _prefix(action: str, end: int) -> Term:
    return ("action_prefix", action[:end])


def id_term(event_id: str) -> Term:
    """Return the term of an event's id. Only displaced records have it (`Geometry.near`)."""
    return ("id", event_id)


def term_number(workspace_id: str, term: Term) -> int:
    """Return the number of a term in its workspace: the first NUMBER_BITS bits of a SHA-256.

    The separator occurs neither in a workspace's id nor in a term's name. Two terms may share a
    number. Each then finds the other's records too, and the reader drops them.
    """
    text = "\0".join((workspace_id, *term))
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:_DIGEST_BYTES]) >> (8 * _DIGEST_BYTES - NUMBER_BITS)
