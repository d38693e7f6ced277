"""Bugs of how the writer deals with the messages of a delivery, and the promises they break."""

from __future__ import annotations

from indelible.writing import delivery, portion

from .mutation import bug
from .promises import Promise

_NEWER = "except FromNewerVersion as error:\n"
_LOST = {Promise.CHAINED}

DELIVERY_BUGS = [
    bug(
        "the messages of a delivery are chained in reverse order",
        delivery._append,
        ("for _, content in readable for", "for _, content in reversed(readable) for"),
        breaks={Promise.ORDERED},
    ),
    bug(
        "a failing ledger fails the handler",
        delivery._append,
        ("except IndelibleError as failure:", "except OutOfTime as failure:"),
        breaks={Promise.HANDLED},
    ),
    bug(
        "a message dated ahead is chained",
        portion._decode,
        ("if verdict.obstacle is not None:", "if verdict.obstacle and not verdict.until:"),
        breaks={Promise.SET_ASIDE},
    ),
    bug(
        "a message chained in part is acknowledged",
        delivery._append,
        ("if len(content.events) > settled:", "if settled <= 0:"),
        breaks=_LOST,
    ),
    bug(
        "the rest of a group is acknowledged after a failure",
        delivery._append,
        ("in readable[whole:]]", "in readable[whole : whole + 1]]"),
        breaks=_LOST,
    ),
    bug(
        "a message of another workspace is chained",
        portion._decode,
        ("if verdict.obstacle is not None:", "if verdict.until:"),
        breaks={Promise.APART},
    ),
    bug(
        "a message that can never be chained fails again and again",
        portion.read_portion,
        (
            "quarantined.append(each.id)",
            "return Portion(readable, quarantined, [each.id], None, delivered[taken:])",
        ),
        breaks={Promise.FREE},
    ),
    bug(
        "a message of a newer version is set aside",
        portion.read_portion,
        ("except FromNewerVersion as error:", "except ZeroDivisionError as error:"),
        ("except Unreadable as reason:", "except (Unreadable, FromNewerVersion) as reason:"),
        breaks={Promise.SET_ASIDE},
    ),
    bug(
        "a message of a newer version is acknowledged",
        portion.read_portion,
        (f"{_NEWER}            return", f"{_NEWER}            continue\n            return"),
        breaks=_LOST,
    ),
    bug(
        "a message that can never be chained is dropped",
        portion.read_portion,
        (
            "dead_letters.quarantine(workspace_id, each.id, each.body, str(reason))",
            "pass",
        ),
        breaks={Promise.SET_ASIDE},
    ),
]
