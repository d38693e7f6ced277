"""Bugs of requests with a key of their own, and the promises each of them breaks."""

from __future__ import annotations

from indelible.aws import table
from indelible.ingest import draft, plan, submit

from .mutation import bug
from .promises import Promise

REQUEST_BUGS = [
    bug(
        "the loser of a race for the key of a request keeps its own ids",
        plan.draft_again,
        ("if winner := taken.lost.get(plan.request.key):", "if winner := None:"),
        breaks={Promise.ONCE},
    ),
    bug(
        "a repeated request is not sent again",
        submit.submit,
        (
            "_send(services, submission, list(accepted.values()))",
            "_send(services, submission, list(accepted.values())) "
            "if plan.request is None or plan.claims else (len(accepted), None)",
        ),
        breaks={Promise.CHAINED},
    ),
    bug(
        "the body of a repeated request is not compared",
        plan._names_under,
        ("if differ(claim.content_sha256, request.body_sha256):", "if False:"),
        breaks={Promise.REPEATED},
    ),
    bug(
        "a repeated request gets the time of the repeat",
        plan.make_plan,
        (
            "known.get(request.key) or claims[request.key]",
            "(known.get(request.key) or claims[request.key])._replace(received_at=now)",
        ),
        breaks={Promise.ONCE},
    ),
    bug(
        "an event that the request itself has claimed is a duplicate in the repeat",
        draft.draft,
        ("if claim.id == name.id", "if claim is name"),
        breaks={Promise.REPEATED},
    ),
    bug(
        "a request is sent although its key could not be claimed",
        plan.draft_again,
        ("if failure := taken.failed.get(plan.request.key):", "if failure := None:"),
        breaks={Promise.ONCE},
    ),
    bug(
        "the keys that the loser of a race has claimed are forgotten",
        plan.draft_again,
        ("**plan.claims, ", ""),
        breaks={Promise.NAMED},
    ),
    bug(
        "a repeated request is charged again",
        plan.Plan.charge,
        ("0 if self.is_repeat else new", "new"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "the loser of a race for the key of a request stays charged",
        plan.count_uncharged,
        ("plan.request.key in taken.lost or ", ""),
        breaks={Promise.QUOTA},
    ),
    bug(
        "events of a claimed request that were not sent are given back",
        plan.count_uncharged,
        ("if plan.request is None:", "if True:"),
        breaks={Promise.QUOTA},
    ),
    bug(
        "a request and an event with the same key meet",
        table.request_claim_key,
        ("#REQUEST#", "#"),
        breaks={Promise.HANDLED},
    ),
]
