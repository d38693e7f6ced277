"""What a run publishes is read back whole, or is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints import object_keys
from indelible.checkpoints.entries import KeyEntry, RunEntry
from indelible.checkpoints.published_run import PublishedRun, read_published_run
from indelible.checkpoints.requests import RestartRequest
from indelible.errors import Unreadable
from indelible.tlog.tiles import EMPTY_EDGE, entries_path, tile_path
from support.notes import LOG
from support.proofs import ORIGIN, RUN_TIME, a_note

BEFORE = (KeyEntry(RUN_TIME, LOG.key),)
ENTRY = RunEntry(RUN_TIME, sha256(b"map").digest())
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(598)]
LEAVES += [leaf_hash(each.encoded) for each in (*BEFORE, ENTRY)]
EDGE = EMPTY_EDGE.extended(LEAVES)[0]
RUN = PublishedRun(
    number=42,
    note=a_note(LEAVES),
    entries_before=BEFORE,
    run_entry=ENTRY,
    edge=EDGE,
    workspaces=3,
    state_version="3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
    state_sha256=sha256(b"state").digest(),
    table_arn="arn:aws:dynamodb:eu-central-1:111122223333:table/indelible",
)


def changed(**fields: object) -> bytes:
    """The object with some fields of its JSON changed."""
    return json.dumps(json.loads(RUN.encoded) | fields).encode()


def test_a_run_is_read_as_it_was_written() -> None:
    assert read_published_run(RUN.encoded) == RUN
    assert RUN.checkpoint.size == 600
    assert RUN.checkpoint.origin == ORIGIN


def test_it_is_json_that_names_its_format() -> None:
    shown = json.loads(RUN.encoded)
    assert shown["format"] == 1
    assert shown["note"] == RUN.note.encoded.decode()
    assert shown["state_sha256"] == sha256(b"state").hexdigest()
    assert len(shown["entries"]) == 2
    assert len(shown["edge"]) == 2


def test_the_first_run_has_only_its_entry() -> None:
    leaves = [leaf_hash(ENTRY.encoded)]
    edge = EMPTY_EDGE.extended(leaves)[0]
    first = replace(RUN, number=1, note=a_note(leaves), entries_before=(), edge=edge)
    assert read_published_run(first.encoded) == first


@pytest.mark.parametrize(
    "fields",
    [
        {"format": 2},
        {"entries": []},
        {"entries": json.loads(RUN.encoded)["entries"][:1]},
        {"entries": json.loads(RUN.encoded)["entries"][::-1]},
        {"edge": []},
        {"edge": json.loads(RUN.encoded)["edge"][::-1]},
        {"edge": msgspec.to_builtins([EDGE.rows[0][32:] + EDGE.rows[0][:32], EDGE.rows[1]])},
        {"note": a_note(LEAVES[:-1]).encoded.decode()},
        {"note": RUN.note.text.decode()},
        {"state_sha256": sha256(b"state").hexdigest().upper()},
        {"state_sha256": ""},
        {"workspaces": "3"},
        {"unknown": 1},
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        read_published_run(changed(**fields))


@pytest.mark.parametrize("encoded", [b"", b"null", b"[]", b"{}", RUN.encoded[:-1], b"\xff"])
def test_what_is_no_run_is_refused(encoded: bytes) -> None:
    with pytest.raises(Unreadable, match="not a published run"):
        read_published_run(encoded)


def test_the_keys_of_objects() -> None:
    assert object_keys.run_key(42) == "run/000000000042"
    assert object_keys.signing_key_key(LOG.key) == "key/5c36013d"
    assert object_keys.log_key(tile_path(0, 1)) == "log/tile/0/001"
    assert object_keys.log_key(entries_path(1_234)) == "log/tile/entries/x001/234"
    assert object_keys.workspace_tile_key("ws_1", 2, tile_path(1, 0)) == "ws/ws_1/2/tile/1/000"


def test_the_log_has_only_the_hash_of_the_reason_for_a_restart() -> None:
    request = RestartRequest("ws_1", 0, 950, "table restored")
    assert request.reason_sha256 == sha256(b"table restored").digest()
