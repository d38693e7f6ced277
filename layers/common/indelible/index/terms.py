"""Terms, by which the index finds records, and the number that stands for a term."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ..matching.selectable import WILDCARD, Selectable
from .levels import NUMBER_BITS

if TYPE_CHECKING:
    from ..filters import Filters

TERMS_VERSION = 2
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

FIELDS = ("actor_id", "action_category", "resource", "resource_id", "tenant_id", "session_id")
"""Fields whose values are terms. A filter has the same name."""

_SINGLE = {*FIELDS, "object_id", "target_type", "target_id"}
"""Filters of one value that is a term. `terms_for` uses these and `action`, and no others."""


def terms_of(event: Selectable) -> set[Term]:
    """Return the terms of a record, except for its id."""
    terms = {(name, value) for name in FIELDS if (value := getattr(event, name)) is not None}
    terms.add(("action", event.action))
    # Each prefix is a copy, and a hostile action may consist of dots: stop after MAX_TERMS.
    terms.update(_prefix(event.action, end) for end in _word_ends(event.action)[: MAX_TERMS + 1])
    for target in event.targets:
        if target.type is not None:
            terms.add(("target_type", target.type))
        if target.id is not None:
            terms |= {("target_id", target.id), ("object_id", target.id)}
    if event.resource_id is not None:
        terms.add(("object_id", event.resource_id))
    return terms


def terms_for(filters: Filters) -> list[list[Term]]:
    """Return lists of terms: a matching record has a term of every list.

    Empty if the filters cannot use the index. A filter that is not indexed, such as `search`, gives
    no list. A prefix of an action gives its whole words: `invoice.` for `invoice.pa*`. Several
    actions give a list only if each of them has a term.
    """
    terms = [[(name, value)] for name, value in filters.singles.items() if name in _SINGLE]
    actions = [_term_for_action(each) for each in filters.actions]
    known = [term for term in actions if term is not None]
    if known and len(known) == len(actions):
        terms.append([*dict.fromkeys(known)])
    return terms


def is_exact(filters: Filters) -> bool:
    """Return whether the records with a term of every list of `terms_for` are those that match.

    `from` and `to` are left aside. If it is false, a record may have all terms and still not match.
    """
    names = filters.texts.keys()
    return (
        names <= {*_SINGLE, "action"}
        and not {"target_type", "target_id"} <= names  # the same target must match both
        and all(_is_one_term(each) for each in filters.actions)
    )


def _is_one_term(action: str) -> bool:
    """Return whether having the action's term means to match: only whole words are terms."""
    prefix = action.removesuffix(WILDCARD)
    return prefix == action or prefix[-1:] in ("", ".")


def _term_for_action(wanted: str) -> Term | None:
    if not wanted.endswith(WILDCARD):
        return ("action", wanted)
    ends = _word_ends(wanted)
    return _prefix(wanted, ends[-1]) if ends else None


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
