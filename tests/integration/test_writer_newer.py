"""What a newer version wrote is tried again, and nothing of it is lost or set aside.

Both versions run during an upgrade and during a rollback. The newer one is played by this code,
which then knows one codec more.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest
from indelible import codec, zstd
from integration.stored_chain import Chain
from integration.test_writer_poison import a_message
from support.builders import a_body, an_event
from support.handlers import sqs_record_of
from support.pipeline import Caller, Pipeline

NEXT = "zstd-next"


@contextmanager
def the_newer_version() -> Iterator[None]:
    """Until it ends, the newer version runs: it knows another codec."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(codec._KNOWN, NEXT, zstd.decompress)
        yield


def sent_by_the_newer(pipeline: Pipeline, caller: Caller) -> tuple[list[str], dict[str, object]]:
    """The ids of an event that the newer ingest accepted, and its message."""
    ids = pipeline.post_events(caller, an_event()).ids
    [record] = pipeline.take_messages()
    return ids, record | {"body": str(record["body"]).replace("zstd:", f"{NEXT}:", 1)}


MESSAGES: dict[str, Callable[[str], str]] = {
    "another codec": lambda _: f"{NEXT}:{base64.b64encode(zstd.compress(b'{}')).decode()}",
    "another format": lambda _: a_body(b'{"format":2,"hello":1}'),
    "another field": lambda w: a_body(
        msgspec.json.encode(a_message(w, event={"fields": an_event(country="NL")}))
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_a_newer_version_fails_with_the_later_ones_of_its_workspace_only(
    pipeline: Pipeline, caller: Caller, name: str
) -> None:
    other = pipeline.new_caller()
    ids = pipeline.post_events(caller, an_event()).ids
    [before] = pipeline.take_messages()
    pipeline.post_events(caller, an_event())
    [after] = pipeline.take_messages()
    others = pipeline.post_events(other, an_event()).ids
    newer = sqs_record_of(MESSAGES[name](caller.workspace_id), caller.workspace_id, "newer")
    failed = pipeline.write([before, newer, after, *pipeline.take_messages()])
    assert failed == ["newer", after["messageId"]]
    assert pipeline.chained_ids(caller.workspace_id) == ids
    assert pipeline.chained_ids(other.workspace_id) == others
    assert pipeline.take_dead_letters() == []


def test_the_newer_version_chains_it_in_its_place(pipeline: Pipeline, caller: Caller) -> None:
    ids, newer = sent_by_the_newer(pipeline, caller)
    ids += pipeline.post_events(caller, an_event()).ids
    waiting = [newer, *pipeline.take_messages()]
    for _ in range(3):
        assert pipeline.write(waiting) == [each["messageId"] for each in waiting]
    with the_newer_version():
        assert pipeline.write(waiting) == []
    assert pipeline.chained_ids(caller.workspace_id) == ids


def test_a_workspace_is_not_refused_because_one_message_waits_for_the_newer_version(
    pipeline: Pipeline, caller: Caller
) -> None:
    _, newer = sent_by_the_newer(pipeline, caller)
    assert pipeline.write([newer]) != []
    assert pipeline.post_events(caller, an_event()).status == 202


def test_a_chain_that_ends_with_a_newer_segment_is_not_continued(
    pipeline: Pipeline, caller: Caller
) -> None:
    """Which of the events are chained cannot be known. Other workspaces go on."""
    chain, other = Chain(pipeline, caller), pipeline.new_caller()
    chain.change(13, codec={"S": NEXT})
    ids = pipeline.post_events(caller, an_event()).ids
    waiting = pipeline.take_messages()
    pipeline.post_events(other, an_event())
    pipeline.writer.writer.tails.clear()
    assert pipeline.write([*waiting, *pipeline.take_messages()]) == [waiting[0]["messageId"]]
    assert len(pipeline.chained_ids(other.workspace_id)) == 1
    assert pipeline.take_dead_letters() == []
    with the_newer_version():
        assert pipeline.write(waiting) == []
        assert pipeline.chained_ids(caller.workspace_id) == chain.ids + ids


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/{id}", "/v1/verify"])
def test_readers_answer_503_for_a_newer_segment_and_never_damage(
    pipeline: Pipeline, caller: Caller, path: str
) -> None:
    """The other version reads it, so the same request may succeed."""
    chain = Chain(pipeline, caller)
    chain.change(4, codec={"S": NEXT})
    answer = pipeline.get(caller, path.replace("{id}", chain.ids[4]))
    assert (answer.status, answer.json["error"]) == (503, "unavailable")
    assert "newer version" in answer.json["message"]
    assert answer.headers["retry-after"]
    with the_newer_version():
        assert pipeline.get(caller, path.replace("{id}", chain.ids[4])).status == 200


def test_what_is_not_in_a_newer_segment_is_still_read(pipeline: Pipeline, caller: Caller) -> None:
    chain = Chain(pipeline, caller)
    chain.change(4, codec={"S": NEXT})
    assert pipeline.get(caller, f"/v1/events/{chain.ids[13]}").status == 200
    newest = pipeline.get(caller, "/v1/events", limit=6)
    assert [each["id"] for each in newest.json["data"]] == chain.ids[:8:-1]
