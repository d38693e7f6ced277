"""Bugs of the writer, and the promises each of them breaks."""

from __future__ import annotations

from indelible.aws.ledger import DynamoDBLedger
from indelible.chain import record, search
from indelible.writing import (
    append,
    created_at,
    dedup,
    kept_look_up,
    look_up,
    tail,
)

from .mutation import bug
from .promises import Promise

_TWICE, _LOST = {Promise.ONCE}, {Promise.CHAINED}

WRITER_BUGS = [
    bug(
        "a record holds a value that no client submitted",
        record.build,
        ("**event.fields,", '**event.fields, "actor_name": "Nobody",'),
        breaks={Promise.TRUE},
    ),
    bug(
        "a record gets the time of chaining as received_at",
        record.build,
        ('"received_at": format_time(event.received_at)', '"received_at": format_time(created_at)'),
        breaks={Promise.TIMED},
    ),
    bug(
        "a segment is put without its condition",
        DynamoDBLedger.append,
        ('ConditionExpression="attribute_not_exists(pk)",', ""),
        breaks={Promise.NO_FORK},
    ),
    bug(
        "a lost put counts as done",
        append.Appender._step,
        (
            "self.ledger.append(segment)",
            "try:\n        self.ledger.append(segment)\n    except SequenceTaken:\n        pass",
        ),
        breaks={Promise.CHAINED, Promise.SOUND},
    ),
    bug(
        "the time fence is ignored",
        dedup.Chained._find,
        ("if at <= tail.head.created_at", "if False"),
        breaks=_TWICE,
    ),
    bug(
        "the time fence is off by one",
        dedup.Chained._find,
        ("if at <= tail.head.created_at", "if at < tail.head.created_at"),
        breaks=_TWICE,
    ),
    bug(
        "created_at ignores received_at",
        created_at.created_after,
        ("max(received_at, before + 1)", "(before or received_at) + 1"),
        breaks={Promise.SOUND},
    ),
    bug(
        "created_at may stand still",
        created_at.created_after,
        ("max(received_at, before + 1)", "max(received_at, before)"),
        breaks={Promise.SOUND},
    ),
    bug(
        "the look-up stops one segment early",
        tail.Tail.after,
        (
            "since = remembered[1].first_created_at",
            "since = remembered[0].first_created_at",
        ),
        breaks=_TWICE,
    ),
    bug(
        "the look-up starts one segment late",
        search.segment_since,
        ("segment.last_created_at < time", "segment.last_created_at <= time"),
        breaks=_TWICE,
    ),
    bug(
        "a failed look-up counts as an absence",
        dedup.Chained._find,
        (
            "self._read_on(look_up, tail.head)",
            "try:\n            self._read_on(look_up, tail.head)\n        except Exception:\n"
            "            pass",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a look-up that runs out of time counts as done",
        dedup.Chained._read_on,
        ("self._keep(look_up, head)", "return"),
        breaks=_TWICE,
    ),
    bug(
        "look-up progress for other events counts for an event",
        look_up.LookUp.look_for,
        ("setdefault(event_id, 0)", "setdefault(event_id, self.through)"),
        breaks=_TWICE,
    ),
    bug(
        "a resumed look-up forgets what it had found",
        look_up.LookUp.kept,
        ("return KeptLookUp(found,", "return KeptLookUp([],"),
        (
            "missing = self.missing\n",
            "missing = {**self.missing, **dict.fromkeys(self.found, self.through)}\n",
        ),
        breaks=_TWICE,
    ),
    bug(
        "a look-up claims more progress than it read",
        look_up.LookUp.note,
        ("max(through, segment.last_sequence)", "max(through, segment.last_sequence + 2)"),
        breaks={*_TWICE, Promise.FREE, Promise.SETTLED},
    ),
    bug(
        "a forged look-up is believed",
        kept_look_up.LookUpStore.find,
        ("if not is_signed(self.key(), _PURPOSE, message, signature):", "if len(signed) < 99:"),
        breaks={*_TWICE, *_LOST},
    ),
    bug(
        "a look-up signed for another workspace is believed",
        kept_look_up._message,
        ('workspace_id.encode() + b"\\n" + payload', "payload"),
        breaks={*_TWICE, *_LOST},
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
        "a warm writer does not read its last segment again",
        tail.catch_up,
        ("if last is None or last.head != tail.head:", "if False:"),
        breaks={Promise.SOUND},
    ),
    bug(
        "events chained by others are ignored when the chain has moved on",
        dedup.Chained.update,
        ("if tail.holds(event_id)", "if False"),
        breaks=_TWICE,
    ),
    bug(
        "a tail is kept although more was appended than it remembers",
        tail.catch_up,
        ("if count == tail.max_segments or begins", "if begins"),
        breaks=_TWICE,
    ),
    bug(
        "only the first page of a query is read",
        DynamoDBLedger._items,
        ('if "LastEvaluatedKey" not in page:', "if True:"),
        breaks={Promise.FREE, Promise.SETTLED},
    ),
    bug(
        "an event twice in a delivery is packed twice",
        append.Appender._step,
        ("seen.add(event.id)", "pass"),
        breaks=_TWICE,
    ),
    bug(
        "half a message is lost at a segment's edge",
        append.Appender._step,
        ("len(events) if segment.count == len(fresh) else fresh[segment.count]", "len(events)"),
        breaks=_LOST,
    ),
]
