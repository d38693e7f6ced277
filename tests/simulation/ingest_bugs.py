"""Bugs of ingest, and the promises each of them breaks."""

from __future__ import annotations

from indelible.aws import claim_item, claims, usage_update
from indelible.aws.claims import DynamoDBClaims
from indelible.aws.queue import SQSQueue
from indelible.ingest import content, draft, plan, submit

from .mutation import bug
from .promises import Promise

_TWICE, _LOST = {Promise.ONCE}, {Promise.CHAINED}

INGEST_BUGS = [
    bug(
        "a repeated event gets the time of the repeating request",
        draft.draft,
        (
            "Accepted(claim.id, claim.received_at,",
            "Accepted(claim.id, name.received_at,",
        ),
        breaks=_LOST,
    ),
    bug(
        "an event sent again gets a new id",
        draft.draft,
        ("Accepted(claim.id,", "Accepted(name.id,"),
        breaks=_TWICE,
    ),
    bug(
        "an event with a known key is not sent again",
        draft.draft,
        ("accepted[index] =", "if claim is name:\n                accepted[index] ="),
        breaks=_LOST,
    ),
    bug(
        "the content of an event with a known key is not compared",
        draft.draft,
        ("if differ(claim.content_sha256, event.content_sha256):", "if False:"),
        breaks={Promise.NAMED},
    ),
    bug(
        "different content under a key of the same batch is a duplicate",
        draft.draft,
        ("if differ(", "if (key is None or key not in first) and differ("),
        breaks={Promise.NAMED},
    ),
    bug(
        "the content of an event whose key was lost in a race is not compared",
        plan.draft_again,
        (
            "**taken.lost}",
            "**{k: c._replace(content_sha256=None) for k, c in taken.lost.items()}}",
        ),
        breaks={Promise.NAMED},
    ),
    bug(
        "a claim is stored without its content",
        claim_item.claim_item,
        ("if claim.content_sha256 is not None:", "if False:"),
        breaks={Promise.NAMED},
    ),
    bug(
        "the time of an event is part of its content",
        content.digest_content,
        ("for name in _LEFT_OUT", "for name in _LEFT_OUT[:1]"),
        breaks={Promise.REFUSED},
    ),
    bug(
        "a refused event is sent anyway",
        draft.draft,
        (
            "receipts.append(_conflict(claim.id))",
            "receipts.append(_conflict(claim.id))\n"
            "            fields = Raw(event.fields)\n"
            "            accepted[index] = Accepted(name.id, name.received_at, fields)",
        ),
        breaks={Promise.REFUSED},
    ),
    bug(
        "a request refused after a lost race stays charged",
        submit.submit,
        (
            "if uncharged := count_uncharged(plan, taken, unsent):",
            "if accepted and (uncharged := count_uncharged(plan, taken, unsent)):",
        ),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a claim is written after the send",
        submit.submit,
        (
            "_take(services, submission, plan.claims, charge.events) if plan.claims else",
            "",
        ),
        (
            "    unsent =",
            "    claims = plan.claims\n"
            "    taken = services.claims.take(workspace_id, claims) if claims else taken\n"
            "    unsent =",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a statement that was refused counts as done",
        DynamoDBClaims._insert_in_one_call,
        ("codes, strict=True) if code", "codes, strict=True) if code == 'DuplicateItem'"),
        breaks=_TWICE,
    ),
    bug(
        "a call that was not answered counts as done",
        DynamoDBClaims._insert_in_one_call,
        ("return dict.fromkeys(claims, failure)", "return {}"),
        breaks=_TWICE,
    ),
    bug(
        "an event whose key could not be claimed is sent",
        draft.draft,
        ("if key in unclaimed:", "if False:"),
        breaks=_TWICE,
    ),
    bug(
        "a claim of its own in the way counts as another's",
        DynamoDBClaims.take,
        (
            "for key, claim in found.items() if claim != claims[key]",
            "for key, claim in found.items()",
        ),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a claim that was not made stays charged",
        plan.count_uncharged,
        ("if not failure.may_be_claimed}", "if False}"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a claim that may have been made is not charged",
        plan.count_uncharged,
        ("if not failure.may_be_claimed}", "if failure}"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "only the last try of a claim counts",
        claims._together,
        ("earlier is not None and earlier.may_be_claimed", "False"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a server error counts as a refusal of the call",
        claims._is_refusal,
        ("< _SERVER_ERROR", "> 0"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a server error counts as a refusal of the statement",
        claims._failure_of,
        ('may_be_claimed=code == "InternalServerError"', "may_be_claimed=False"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "an event whose key could not be claimed has an id",
        draft.draft,
        ("failed(None)", "failed(name.id)"),
        breaks={Promise.NAMED},
    ),
    bug(
        "events that could not be queued are answered as queued",
        submit._send,
        ("return sent, failure", "return len(events), None"),
        breaks=_LOST,
    ),
    bug(
        "every message of a workspace has the same deduplication id",
        SQSQueue.send,
        ("secrets.token_hex(16)", "workspace_id"),
        breaks=_LOST,
    ),
    bug(
        "known keys are charged again",
        plan.Plan.charge,
        ("for key in self.claims)", "for key in [*self.claims, *self.known])"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a key lost in a race stays charged",
        plan.count_uncharged,
        ("isinstance(key, str) for key in taken.lost)", "False for key in taken.lost)"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "quota is given back to the month of the next minute",
        submit._give_back,
        ("submission.received_at)", "submission.received_at + 60_000_000)"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "the bytes of a minute are not limited",
        usage_update._count_on,
        ("limit(slot.bytes, charge.bytes, limits.bytes_per_minute)", "limit(slot.bytes, 0, 10**9)"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "quota that cannot be given back makes the request fail",
        submit._give_back,
        ("except Unavailable:", "except NotImplementedError:"),
        breaks={Promise.HEARD},
    ),
    bug(
        "events of a message that was sent are answered as failed",
        submit._send,
        ("sent += count", "sent += 1"),
        breaks={Promise.HEARD},
    ),
    bug(
        "a key that comes twice is a duplicate of an event that was not queued",
        submit.submit,
        (
            "[failed(each.id) if each.id in unsent_ids else each for each in receipts]",
            "[failed(r.id) if i in unsent else r for i, r in enumerate(receipts)]",
        ),
        breaks={Promise.HEARD},
    ),
    bug(
        "when nothing could be queued, the request is accepted",
        submit.submit,
        (
            "if not sent and (failure := unsent_because or _failure_of(taken)):",
            "if failure := None:",
        ),
        breaks={Promise.HEARD},
    ),
]
