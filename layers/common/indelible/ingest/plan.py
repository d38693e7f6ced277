"""Plans: what a request will claim, be charged for and send, and what claims change about that.

A request with an idempotency key of its own has a claim, too. The ids of its events follow from the
id in that claim, so the same request gives the same ids, whichever attempt made the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from ..accounts.limits import Charge
from ..errors import FromNewerVersion, IndelibleError, Unavailable, ValidationFailed
from ..identifiers import UUID_ENTROPY_BYTES, uuid7
from .content import VERSION, differ
from .draft import Checked, Draft, charge_of, draft, first_claims, key_of, name_events
from .event import ValidEvent
from .ports import Claim, Key, RequestKey, Taken


class RequestConflict(ValidationFailed):
    """The request's idempotency key is already used by a request with another body."""

    code = "idempotency_conflict"

    def __init__(self) -> None:
        super().__init__(
            "The Idempotency-Key is already used by a request with another body."
            " Give each new request a key of its own."
        )


class Repeatable(NamedTuple):
    """What makes a request repeatable: its own idempotency key, and the digest of its body."""

    key: RequestKey
    body_sha256: bytes


def repeatable(key: str, body: bytes) -> Repeatable:
    """A request with this key and this body, after decompression."""
    return Repeatable(RequestKey(key), VERSION + sha256(body).digest())


class Plan(NamedTuple):
    """A request before its keys are claimed.

    `claims` are those to make. `keyless` counts the valid events that have no key of their own.
    `is_repeat`: the request's own key is claimed already, so the request has been charged.
    """

    checked: Sequence[Checked]
    request: Repeatable | None
    known: Mapping[Key, Claim]
    names: Sequence[Claim]
    draft: Draft
    claims: dict[Key, Claim]
    keyless: int
    is_repeat: bool

    def charge(self, now: int) -> Charge:
        """How much it uses of the limits, if it is received at `now` and nothing fails."""
        new = self.keyless + sum(isinstance(key, str) for key in self.claims)
        return charge_of(0 if self.is_repeat else new, self.draft.accepted.values(), now)


def make_plan(
    checked: Sequence[Checked],
    request: Repeatable | None,
    known: Mapping[Key, Claim],
    now: int,
    entropy: Callable[[int], bytes],
) -> Plan:
    """The plan for a request received at `now` (microseconds).

    Raises RequestConflict when its key is used by another one.
    """
    claims: dict[Key, Claim] = {}
    is_repeat = request is not None and request.key in known
    if request is None:
        names = name_events(checked, now, entropy)
    else:
        if not is_repeat:
            event_id = uuid7(now // 1_000, entropy(UUID_ENTROPY_BYTES))
            claims[request.key] = Claim(event_id, now, request.body_sha256)
        names = _names_under(known.get(request.key) or claims[request.key], request, checked)
    claims |= first_claims(checked, names, known)
    keyless = sum(isinstance(each, ValidEvent) and key_of(each) is None for each in checked)
    drafted = draft(checked, names, known)
    return Plan(checked, request, known, names, drafted, claims, keyless, is_repeat)


def draft_again(plan: Plan, taken: Taken) -> Draft:
    """The draft once the keys are claimed, as far as they could be.

    If an equal request claimed the request's key first, its claim gives the ids. The events' keys
    that this one has claimed stay with their ids. Raises RequestConflict when the claim is of
    another request, and Unavailable when nobody knows whose it is.
    """
    names = plan.names
    if plan.request is not None:
        if failure := taken.failed.get(plan.request.key):
            raise Unavailable(failure.reason)
        if winner := taken.lost.get(plan.request.key):
            names = _names_under(winner, plan.request, plan.checked)
    standing = {**plan.known, **plan.claims, **taken.lost}
    return draft(plan.checked, names, standing, taken.failed)


def try_draft_again(plan: Plan, taken: Taken) -> tuple[Draft, IndelibleError | None]:
    """What `draft_again` returns, or an empty draft and what it raises."""
    try:
        return draft_again(plan, taken), None
    except (RequestConflict, Unavailable) as failure:
        return Draft([], {}), failure


def count_uncharged(plan: Plan, taken: Taken, unsent: Sequence[int]) -> int:
    """The reserved events that the workspace does not owe. `unsent` are indices of events.

    What is claimed, or may be, is owed: when it is repeated, it is sent again and not charged
    again. A request's own key claims all of its events, also those whose own key failed.
    """
    if plan.is_repeat:
        return 0
    lost = sum(isinstance(key, str) for key in taken.lost)
    not_made = {key for key, failure in taken.failed.items() if not failure.may_be_claimed}
    failed = sum(isinstance(key, str) for key in not_made)
    if plan.request is None:
        return lost + failed + sum(key_of(plan.checked[index]) is None for index in unsent)
    if plan.request.key in taken.lost or plan.request.key in not_made:
        return lost + failed + plan.keyless
    return lost


def _names_under(claim: Claim, request: Repeatable, checked: Sequence[Checked]) -> list[Claim]:
    """The names of a request's events under the claim on its key, if it is of the same body."""
    if (claim.content_sha256 or b"")[:1] != VERSION:
        raise FromNewerVersion("claim on a request has a digest of another version")
    if differ(claim.content_sha256, request.body_sha256):
        raise RequestConflict

    def entropy(size: int) -> bytes:
        places = range(size // UUID_ENTROPY_BYTES)
        seed = claim.id.encode()
        return b"".join(
            sha256(seed + place.to_bytes(4)).digest()[:UUID_ENTROPY_BYTES] for place in places
        )

    return name_events(checked, claim.received_at, entropy)
