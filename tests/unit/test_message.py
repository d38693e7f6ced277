"""Messages: accepted events arrive in order, and everything else is unreadable."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible import zstd
from indelible.chain.fields import QueuedEvent
from indelible.errors import FromNewerVersion, Unreadable
from indelible.message import MAX_MESSAGE_BYTES, Accepted, decode, encode
from indelible.times import LATEST, MILLISECOND
from support.builders import NOON, WORKSPACE, a_body, an_event, event_id

FIELDS = st.fixed_dictionaries(
    {"actor_id": st.text(min_size=1), "action": st.text(min_size=1)},
    optional={
        "metadata": st.dictionaries(
            st.text(), st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
        ),
        "version": st.integers(-(2**63), 2**64 - 1),
    },
)


def an_accepted(event: str, received_at: int, fields: dict[str, Any]) -> Accepted:
    return Accepted(event, received_at, msgspec.Raw(msgspec.json.encode(fields)))


def accepted(number: int, **fields: object) -> Accepted:
    received_at = NOON + number * MILLISECOND
    return an_accepted(event_id(number, received_at), received_at, an_event(**fields))


MILLISECONDS = st.integers(0, 2 * NOON // MILLISECOND).map(MILLISECOND.__mul__)


def noise(size: int, seed: int = 0) -> str:
    """Text that hardly compresses."""
    return random.Random(seed).randbytes(size // 2).hex()


def an_envelope(**changes: object) -> dict[str, Any]:
    event = {"id": event_id(1), "received_at": NOON, "fields": an_event()}
    whole = {"format": 1, "workspace_id": WORKSPACE, "correlation_id": "c", "events": [event]}
    return {**whole, **changes}


def an_envelope_of(**changes: object) -> dict[str, Any]:
    [event] = an_envelope()["events"]
    return an_envelope(events=[{**event, **changes}])


@given(st.lists(st.tuples(MILLISECONDS, FIELDS), min_size=1, max_size=20))
def test_accepted_events_arrive_unchanged(events: list[tuple[int, dict[str, Any]]]) -> None:
    sent = [
        an_accepted(event_id(n, received_at), received_at, fields)
        for n, (received_at, fields) in enumerate(events)
    ]
    [(body, count)] = encode("ws_1", "correlation", sent)
    message = decode(body)
    assert message.workspace_id == "ws_1"
    assert message.correlation_id == "correlation"
    assert count == len(events)
    assert message.events == [
        QueuedEvent(event_id(n, received_at), received_at, fields)
        for n, (received_at, fields) in enumerate(events)
    ]


def test_a_body_is_its_codec_and_base64_of_zstd_of_json() -> None:
    [(body, _)] = encode("ws_1", "c", [accepted(1)])
    assert body.startswith("zstd:")
    frame = base64.b64decode(body.removeprefix("zstd:"), validate=True)
    plain = json.loads(zstd.decompress(frame, 1_000))
    received_at = NOON + MILLISECOND
    event = {"id": event_id(1, received_at), "received_at": received_at, "fields": an_event()}
    assert plain == {
        "format": 1,
        "workspace_id": "ws_1",
        "correlation_id": "c",
        "events": [event],
    }


@pytest.mark.parametrize("sizes", [[6_000] * 100, [60_000] * 16, [100] * 50 + [120_000] * 5])
def test_events_that_do_not_fit_one_message_are_split_in_order(sizes: list[int]) -> None:
    events = [accepted(n, user_agent=noise(size, n)) for n, size in enumerate(sizes)]
    parts = list(encode(WORKSPACE, "c", events))
    assert len(parts) > 1
    assert all(len(body) <= MAX_MESSAGE_BYTES for body, _ in parts)
    arrived = [decode(body).events for body, _ in parts]
    assert [len(part) for part in arrived] == [count for _, count in parts]
    assert [e.id for part in arrived for e in part] == [event.id for event in events]


def test_the_largest_event_fits_into_one_message() -> None:
    [(body, count)] = encode(WORKSPACE, "c", [accepted(1, user_agent=noise(130_000))])
    assert (count, len(body) <= MAX_MESSAGE_BYTES) == (1, True)


@pytest.mark.parametrize(
    "envelope",
    [
        {},
        [],
        None,
        an_envelope(format="1"),
        an_envelope(workspace_id=""),
        an_envelope(workspace_id="a#b"),
        an_envelope(workspace_id="a" * 65),
        an_envelope(workspace_id=1),
        an_envelope(correlation_id=None),
        an_envelope(events=[]),
        an_envelope(events={}),
        an_envelope(events=[None]),
        {name: value for name, value in an_envelope().items() if name != "correlation_id"},
        an_envelope_of(id="1"),
        an_envelope_of(id=event_id(1).upper() + "A"),
        an_envelope_of(id=None),
        an_envelope_of(received_at=-1),
        an_envelope_of(received_at=LATEST + 1),
        an_envelope_of(received_at=1.5),
        an_envelope_of(received_at="2026-11-23T12:00:00Z"),
        an_envelope_of(fields=[]),
    ],
)
def test_a_body_that_is_not_a_message_is_unreadable(envelope: object) -> None:
    with pytest.raises(Unreadable):
        decode(a_body(json.dumps(envelope).encode()))


def test_the_originals_of_the_unreadable_messages_can_be_read() -> None:
    assert decode(a_body(json.dumps(an_envelope()).encode())).events[0].id == event_id(1)


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        (an_envelope(format=2), "message format 2 is unknown"),
        (an_envelope(format=2, events="of another kind"), "message format 2 is unknown"),
        (an_envelope_of(fields={"actor": "x"}), "unknown fields"),
        (an_envelope_of(fields={"sequence": 1}), "unknown fields"),
        (an_envelope_of(fields={"salt": "00"}), "unknown fields"),
        (an_envelope_of(fields={"workspace_id": "other"}), "unknown fields"),
    ],
)
def test_what_a_newer_version_may_send_is_no_rubbish(envelope: object, reason: str) -> None:
    with pytest.raises(FromNewerVersion, match=reason):
        decode(a_body(json.dumps(envelope).encode()))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "é",
        "\ud800",
        json.dumps(an_envelope()),
        base64.b64encode(json.dumps(an_envelope()).encode()).decode(),
        a_body(b""),
        a_body(b"{"),
        a_body(b'{"format": NaN}'),
        a_body(b'"\xff"'),
        a_body(b"[" * 100_000),
        a_body(b'{"format":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        a_body(json.dumps(an_envelope()).encode())[:-8],
        a_body(bytes(9 * 1024 * 1024)),
    ],
    ids=range(14),
)
def test_a_body_that_cannot_be_decoded_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        decode(body)


JUNK = st.one_of(
    st.text(st.characters(codec=None)),
    st.binary().map(a_body),
    st.binary().map(lambda plain: base64.b64encode(plain).decode()),
)


@given(JUNK)
def test_junk_is_unreadable_and_never_another_error(body: str) -> None:
    with pytest.raises(Unreadable):
        decode(body)


@given(st.data())
def test_a_damaged_message_is_read_or_raises_unreadable(data: st.DataObject) -> None:
    plain = bytearray(json.dumps(an_envelope()).encode())
    position = data.draw(st.integers(0, len(plain) - 1))
    plain[position] = data.draw(st.integers(0, 255))
    try:
        message = decode(a_body(bytes(plain)))
    except (Unreadable, FromNewerVersion):
        assert plain != json.dumps(an_envelope()).encode()
    else:
        assert len(message.events) == 1
