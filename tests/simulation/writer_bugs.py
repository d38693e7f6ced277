"""Bugs of the writer, and the promises each of them breaks."""

from __future__ import annotations

from indelible import append, delivery, search, segment, tail
from indelible.aws.ledger import DynamoDBLedger

from .mutation import bug
from .promises import Promise

_TWICE, _LOST = {Promise.ONCE}, {Promise.CHAINED}

WRITER_BUGS = [
    bug(
        "a segment is put without its condition",
        DynamoDBLedger.append,
        ('ConditionExpression="attribute_not_exists(pk)",', ""),
        breaks={Promise.NO_FORK},
    ),
    bug(
        "a put that lost counts as done",
        append._step,
        (
            "ledger.append(segment)",
            "try:\n        ledger.append(segment)\n    except SequenceTaken:\n        pass",
        ),
        breaks={Promise.CHAINED, Promise.SOUND},
    ),
    bug(
        "the time fence is ignored",
        tail.find_chained,
        ("if event.received_at <= tail.head.created_at", "if False"),
        breaks=_TWICE,
    ),
    bug(
        "the time fence is off by one",
        tail.find_chained,
        ("event.received_at <= tail.head.created_at", "event.received_at < tail.head.created_at"),
        breaks=_TWICE,
    ),
    bug(
        "created_at ignores received_at",
        segment._build_records,
        ("max(event.received_at, created_at + 1)", "(created_at or event.received_at) + 1"),
        breaks={Promise.SOUND},
    ),
    bug(
        "created_at may stand still",
        segment._build_records,
        ("max(event.received_at, created_at + 1)", "max(event.received_at, created_at)"),
        breaks={Promise.SOUND},
    ),
    bug(
        "the look-up stops one segment early",
        tail.Tail.after,
        ("Tail(segment.head, remembered[1][0]", "Tail(segment.head, remembered[0][0]"),
        breaks=_TWICE,
    ),
    bug(
        "the look-up begins one segment late",
        search.first_sequence_since,
        ("segment.last_created_at < time", "segment.last_created_at <= time"),
        breaks=_TWICE,
    ),
    bug(
        "a look-up that fails counts as not there",
        tail.find_chained,
        (
            "sought = _search(ledger, workspace_id, tail, old, is_over)",
            "try:\n            sought = _search(ledger, workspace_id, tail, old, is_over)\n"
            "        except Exception:\n            return chained, tail",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a look-up that runs out of time counts as done",
        tail.find_chained,
        ("if sought.missing and sought.through < tail.head.sequence:", "if False:"),
        breaks=_TWICE,
    ),
    bug(
        "a look-up goes on where one for other events ended",
        tail._search,
        ("if missing.keys() <= tail.sought.missing else 0", ""),
        breaks=_TWICE,
    ),
    bug(
        "a look-up that goes on forgets what it had found",
        tail._search,
        (" if each not in tail.sought.found", ""),
        ("missing.keys() <= tail.sought.missing", "missing.keys() & tail.sought.missing"),
        breaks=_TWICE,
    ),
    bug(
        "a stale head is trusted",
        tail.catch_up,
        (
            "    for count,",
            "    newest = ledger.newest(workspace_id)\n"
            "    if newest:\n        return replace(tail, head=newest.head)\n    for count,",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a query of many pages is read to its first page's end",
        DynamoDBLedger._items,
        ('if "LastEvaluatedKey" not in page:', "if True:"),
        breaks={Promise.FREE, Promise.SETTLED},
    ),
    bug(
        "an event that is twice in a delivery is packed twice",
        append._step,
        ("seen.add(event.id)", "pass"),
        breaks=_TWICE,
    ),
    bug(
        "half a message is lost at a segment's edge",
        append._step,
        ("len(events) if segment.count == len(fresh) else fresh[segment.count]", "len(events)"),
        breaks=_LOST,
    ),
    bug(
        "a message chained in part is acknowledged",
        delivery._append,
        ("if len(each.events) > settled:", "if settled <= 0:"),
        breaks=_LOST,
    ),
    bug(
        "the rest of a group is acknowledged after a failure",
        delivery._chain_portion,
        ("in readable[settled:]]", "in readable[settled : settled + 1]]"),
        breaks=_LOST,
    ),
    bug(
        "a message of another workspace is chained",
        delivery._decode,
        ("if content.workspace_id != workspace_id:", "if False:"),
        breaks={Promise.APART},
    ),
    bug(
        "what never can be chained fails again and again",
        delivery._chain_portion,
        (
            "outcome.quarantined.append(each.id)",
            "outcome.failed = [each.id]\n            break",
        ),
        breaks={Promise.FREE},
    ),
    bug(
        "what never can be chained is dropped",
        delivery._chain_portion,
        (
            "writer.dead_letters.quarantine(workspace_id, each.id, each.body, str(reason))",
            "pass",
        ),
        breaks={Promise.SET_ASIDE},
    ),
]
