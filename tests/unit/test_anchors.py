"""Anchors: every field that clients of the hosted API read, and whether the log has them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.checkpoints.anchor import Anchor, first_sequence_after
from indelible.checkpoints.object_keys import run_key
from indelible.errors import NotFound, ValidationFailed
from indelible.proving.anchors import (
    find_anchor,
    listed_view,
    look_up_anchor,
    public_view,
    verify_anchor,
    whole_view,
)
from indelible.proving.ports import ScrubVerdict
from support.anchors import MemoryAnchors, MemoryScrubVerdicts, an_anchor
from support.builders import DAY, NOON, WORKSPACE
from support.deployment import ORIGIN, Deployment
from support.proving import a_deployment

NO_VERDICT = MemoryScrubVerdicts()


def two_days() -> tuple[Deployment, Anchor, Anchor]:
    """A deployment, and the anchors of two days: of records 1 to 5, and 6 to 12."""
    deployment = a_deployment()
    deployment.grow("ws_other", 1)
    deployment.grow(WORKSPACE, 5)
    deployment.run()
    first = an_anchor(deployment)
    deployment.grow(WORKSPACE, 7)
    deployment.run(after=DAY)
    return deployment, first, an_anchor(deployment, first)


def test_an_anchor_has_every_field_of_the_hosted_api() -> None:
    deployment, first, second = two_days()
    tx_hash = sha256(b"indelible.anchor/v1\n" + second.checkpoint.text).hexdigest()
    assert whole_view(second) == {
        "id": f"anc_{tx_hash}",
        "merkle_root": deployment.covered(WORKSPACE).tree.root.hex(),
        "previous_anchor_hash": sha256(
            (first.checkpoint.root.hex() + first.tx_hash).encode()
        ).hexdigest(),
        "events_count": 7,
        "period_start": "2026-11-23T12:01:00Z",
        "period_end": "2026-11-24T12:01:00Z",
        "chain": ORIGIN,
        "status": "confirmed",
        "tx_hash": tx_hash,
        "block_number": 2,
        "explorer_url": None,
        "created_at": "2026-11-24T12:01:00Z",
        "tree_size": 12,
        "epoch": 0,
        "first_event_hash": second.first_event_hash.hex(),
        "last_event_hash": deployment.covered(WORKSPACE).event_hash.hex(),
    }
    assert listed_view(first)["previous_anchor_hash"] is None
    assert (second.day, first.events) == ("2026-11-24", 5)


def test_the_public_part_is_that_of_the_hosted_api_and_names_no_workspace() -> None:
    _, _, anchor = two_days()
    view = public_view(anchor)
    assert {*view} == {
        "id", "merkle_root", "events_count", "period_start", "period_end", "chain", "status",
        "tx_hash", "block_number", "explorer_url",
    }  # fmt: skip
    assert WORKSPACE not in str(view)


def test_who_sees_a_neighbours_row_does_not_know_its_anchors_hash() -> None:
    """Proof files have the rows of other workspaces of their leaf."""
    _, _, anchor = two_days()
    assert anchor.tx_hash != anchor.checkpoint.sha256.hex()
    assert bytes.fromhex(anchor.tx_hash) not in anchor.leaf


def test_the_first_anchor_of_an_epoch_is_for_its_whole_tree() -> None:
    _, first, second = two_days()
    assert first_sequence_after(None, first.checkpoint) == 1
    assert first_sequence_after(first, second.checkpoint) == 6
    assert first_sequence_after(second, second.checkpoint) == 13
    assert first_sequence_after(second, replace(second.checkpoint, epoch=1, size=9)) == 1


def test_an_anchor_is_found_by_its_id_and_only_in_its_workspace() -> None:
    _, first, second = two_days()
    anchors = MemoryAnchors()
    assert [anchors.put(first), anchors.put(second), anchors.put(second)] == [True, True, False]
    assert find_anchor(anchors, first.id, WORKSPACE) == first
    assert find_anchor(anchors, second.id) == second
    assert look_up_anchor(anchors, second.tx_hash) == second
    with pytest.raises(NotFound):
        find_anchor(anchors, first.id, "ws_other")


@pytest.mark.parametrize(
    "anchor_id",
    [
        "",
        "anc_",
        f"anc_{'0' * 64}",
        f"anc_{'0' * 63}",
        "0" * 64,
        f"anc_anc_{'0' * 64}",
        "anc_\u0660",
    ],
)
def test_other_ids_are_not_found(anchor_id: str) -> None:
    _, first, _ = two_days()
    anchors = MemoryAnchors()
    anchors.put(first)
    with pytest.raises(NotFound):
        find_anchor(anchors, anchor_id)
    with pytest.raises(NotFound):
        find_anchor(anchors, first.tx_hash)


@pytest.mark.parametrize(
    "tx_hash", [None, "", "0" * 63, "0" * 65, "g" * 64, "A" * 64, "0x" + "0" * 62]
)
def test_a_hash_that_is_none_is_refused(tx_hash: str | None) -> None:
    with pytest.raises(ValidationFailed, match="64 lower-case hex digits"):
        look_up_anchor(MemoryAnchors(), tx_hash)
    with pytest.raises(NotFound):
        look_up_anchor(MemoryAnchors(), "0" * 64)


def test_an_anchor_that_the_log_has_is_valid_with_one_read_and_no_chain() -> None:
    deployment, first, second = two_days()
    deployment.bucket.faults.calls.clear()
    for anchor in (first, second):
        root = anchor.checkpoint.root.hex()
        assert verify_anchor(deployment.bucket, NO_VERDICT, anchor) == {
            "anchor_id": anchor.id,
            "merkle_root": root,
            "valid": True,
            "chain_valid": None,
            "chain_checked_at": None,
            "expected": root,
            "actual": root,
            "events_count": anchor.events,
            "tx_hash": anchor.tx_hash,
            "explorer_url": None,
        }
    assert deployment.bucket.faults.calls == ["bucket.read"] * 2


@pytest.mark.parametrize("is_valid", [True, False])
def test_the_chain_is_as_the_watcher_found_it_last(is_valid: bool) -> None:
    deployment, first, _ = two_days()
    verdicts = MemoryScrubVerdicts({WORKSPACE: ScrubVerdict(is_valid, NOON)})
    found = verify_anchor(deployment.bucket, verdicts, first)
    assert (found["chain_valid"], found["chain_checked_at"]) == (
        is_valid,
        "2026-11-23T12:00:00.000000Z",
    )


def forged(anchor: Anchor) -> dict[str, Anchor]:
    """The anchor as somebody may write it who can write the table."""
    checkpoint = anchor.checkpoint
    return {
        "another root": replace(anchor, checkpoint=replace(checkpoint, root=bytes(32))),
        "more records": replace(anchor, checkpoint=replace(checkpoint, size=13)),
        "another workspace": replace(
            anchor, checkpoint=replace(checkpoint, workspace_id="ws_other")
        ),
        "another epoch": replace(anchor, checkpoint=replace(checkpoint, epoch=1)),
        "another run": replace(anchor, run=1),
        "a run that is not there": replace(anchor, run=3),
        "another size of the log": replace(anchor, log_size=3),
        "another leaf": replace(anchor, leaf=bytes(64)),
        "a path that is cut off": replace(anchor, map_path=anchor.map_path[:-1]),
        "another path": replace(anchor, map_path=(bytes(32), *anchor.map_path[1:])),
    }


@pytest.mark.parametrize("name", [*forged(two_days()[2])])
def test_an_anchor_that_the_log_does_not_have_is_not_valid(name: str) -> None:
    deployment, _, second = two_days()
    found = verify_anchor(deployment.bucket, NO_VERDICT, forged(second)[name])
    assert (found["valid"], found["actual"]) == (False, None)


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_an_anchor_of_a_run_that_is_damaged_is_not_valid(content: bytes) -> None:
    deployment, _, second = two_days()
    deployment.bucket.objects[run_key(2)] = content
    assert verify_anchor(deployment.bucket, NO_VERDICT, second)["valid"] is False


def test_an_anchor_of_another_log_is_not_valid() -> None:
    """Its row, path and run are right but for the origin, as after copying a bucket."""
    deployment, _, second = two_days()
    run = deployment.runs[-1]
    text = run.note.text.replace(b"audit.example.com", b"other.example.com")
    other = replace(run, note=replace(run.note, text=text))
    deployment.bucket.objects[run_key(2)] = other.encoded
    assert verify_anchor(deployment.bucket, NO_VERDICT, second)["valid"] is False
