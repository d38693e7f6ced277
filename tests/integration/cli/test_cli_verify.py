"""`indelible verify` exits with 0 for a valid chain, 1 for a broken one, 2 without a verdict."""

from __future__ import annotations

import json

import pytest
from indelible import zstd
from indelible.aws.table import binary, bytes_of, chain_pk, key, number, segment_sk
from indelible.chain.segment import event_hashes_of
from indelible.cli.stack import Stack
from indelible.cli.verdict import SHOWN_BREAKS
from indelible.verifying import in_processes
from integration.command_line import a_workspace, chain_events, run


def delete_segment(stack: Stack, workspace_id: str, first_sequence: int) -> None:
    place = key(chain_pk(workspace_id), segment_sk(first_sequence))
    stack.table.client.delete_item(TableName=stack.table.name, Key=place)


def change_a_record(stack: Stack, workspace_id: str, first_sequence: int) -> None:
    """Change one byte of the records, as an attacker with the table but not the hashes could."""
    place = key(chain_pk(workspace_id), segment_sk(first_sequence))
    item = stack.table.client.get_item(TableName=stack.table.name, Key=place)["Item"]
    plain = zstd.decompress(bytes_of(item, "records"), 10_000)
    changed = zstd.compress(plain.replace(b"document.created", b"document.creatEd", 1))
    stack.table.client.put_item(
        TableName=stack.table.name, Item={**item, "records": binary(changed)}
    )


def test_a_whole_chain_is_valid(stack: Stack) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 3, 1, 4)

    outcome = run("verify", workspace_id)
    verdict = json.loads(run("verify", workspace_id, "--json").stdout)

    assert outcome.status == 0
    assert f"{workspace_id} is valid: 8 records in 3 segments." in outcome.stdout
    assert f"head 8:{last.event_hash.hex()}" in outcome.stdout
    assert verdict["valid"] is True
    assert (verdict["records"], verdict["segments"], verdict["breaks"]) == (8, 3, [])
    assert verdict["head"] == {"sequence": 8, "event_hash": last.event_hash.hex()}


def test_a_chain_without_records_is_valid(stack: Stack) -> None:
    outcome = run("verify", a_workspace())

    assert outcome.status == 0
    assert "0 records" in outcome.stdout


def test_a_changed_byte_is_found_and_named(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 3, 3)
    change_a_record(stack, workspace_id, 4)

    outcome = run("verify", workspace_id)
    verdict = json.loads(run("verify", workspace_id, "--json").stdout)

    assert outcome.status == 1
    assert "is broken in 1 place:" in outcome.stdout
    (broken,) = verdict["breaks"]
    assert (broken["type"], broken["sequence"]) == ("hash_mismatch", 4)
    assert broken["expected"] is None
    for value in (broken["event_id"], broken["detail"], broken["actual"]):
        assert value in outcome.stdout


def test_a_removed_segment_is_found(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1, 1, 1)
    delete_segment(stack, workspace_id, 2)

    outcome = run("verify", workspace_id, "--json")

    assert outcome.status == 1
    types = {each["type"] for each in json.loads(outcome.stdout)["breaks"]}
    assert types == {"sequence_gap", "chain_break"}


@pytest.mark.parametrize("last", [1, 2])
def test_an_item_that_is_not_a_segment_is_a_break(stack: Stack, last: int) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, *last * [1])
    place = key(chain_pk(workspace_id), segment_sk(last))
    stack.table.client.put_item(TableName=stack.table.name, Item={**place, "count": number(1)})

    outcome = run("verify", workspace_id, "--json")

    assert outcome.status == 1
    (broken,) = json.loads(outcome.stdout)["breaks"]
    assert (broken["type"], broken["sequence"]) == ("unreadable", last)


@pytest.mark.parametrize("sort_key", ["SEGMENT#2", "SEGMENT#0_2"])
def test_a_segment_under_the_wrong_key_is_a_break(stack: Stack, sort_key: str) -> None:
    """No read by sequence finds it, and the writer would append before it."""
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, 1, 1)
    place = key(chain_pk(workspace_id), segment_sk(2))
    item = stack.table.client.get_item(TableName=stack.table.name, Key=place)["Item"]
    delete_segment(stack, workspace_id, 2)
    moved = {**item, **key(chain_pk(workspace_id), sort_key)}
    stack.table.client.put_item(TableName=stack.table.name, Item=moved)

    outcome = run("verify", workspace_id, "--json")

    assert outcome.status == 1
    assert "unreadable" in {each["type"] for each in json.loads(outcome.stdout)["breaks"]}


def test_many_breaks_are_counted_and_the_first_are_shown(stack: Stack) -> None:
    workspace_id = a_workspace()
    chain_events(stack, workspace_id, *25 * [1])
    for sequence in range(1, 26):
        change_a_record(stack, workspace_id, sequence)

    outcome = run("verify", workspace_id)
    verdict = json.loads(run("verify", workspace_id, "--json").stdout)

    assert outcome.status == 1
    assert "is broken in 25 places:" in outcome.stdout
    assert outcome.stdout.count("hash_mismatch") == SHOWN_BREAKS
    assert verdict["breaks_found"] == 25
    assert len(verdict["breaks"]) == SHOWN_BREAKS


def test_a_cut_off_end_is_found_with_a_head_kept_earlier(stack: Stack) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 2, 2)
    head = f"{last.last_sequence}:{last.event_hash.hex()}"
    inside = f"3:{event_hashes_of(last)[0].hex()}"
    assert run("verify", workspace_id, "--expect-head", head).status == 0
    assert run("verify", workspace_id, "--expect-head", inside).status == 0

    delete_segment(stack, workspace_id, 3)

    assert run("verify", workspace_id).status == 0
    outcome = run("verify", workspace_id, "--expect-head", head)
    assert outcome.status == 1
    assert last.event_hash.hex() in outcome.stdout
    assert "no such record" in outcome.stdout


def test_another_chain_of_the_same_length_is_found_with_a_head_kept_earlier(stack: Stack) -> None:
    workspace_id = a_workspace()
    (kept,) = chain_events(stack, workspace_id, 2)
    delete_segment(stack, workspace_id, 1)
    chain_events(stack, workspace_id, 2)

    assert run("verify", workspace_id).status == 0
    head = f"2:{kept.event_hash.hex()}"
    assert run("verify", workspace_id, "--expect-head", head).status == 1


@pytest.mark.parametrize("head", ["", "7", "0:" + 64 * "0", "x:" + 64 * "0", "7:abcd", ":"])
def test_an_invalid_head_is_a_usage_error(stack: Stack, head: str) -> None:
    assert run("verify", a_workspace(), "--expect-head", head).status == 2


def test_two_jobs_give_the_verdict_of_one(stack: Stack) -> None:
    """For a chain that was changed, and with a head that it does not have any more."""
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 3, 3, 2)
    change_a_record(stack, workspace_id, 4)
    delete_segment(stack, workspace_id, 7)
    head = ("--expect-head", f"8:{last.event_hash.hex()}")

    one, two = (run("verify", workspace_id, *head, "--json", "--jobs", jobs) for jobs in "12")

    assert one.status == two.status == 1
    verdict = json.loads(two.stdout)
    assert {**json.loads(one.stdout), "seconds": 0} == {**verdict, "seconds": 0}
    assert verdict["breaks_found"] == 2


def test_an_unknown_workspace_gives_no_verdict(stack: Stack) -> None:
    outcome = run("verify", "ws_none")

    assert outcome.status == 2
    assert outcome.stdout == ""
    assert len(outcome.stderr.splitlines()) == 1


def test_a_missing_table_gives_no_verdict(stack: Stack) -> None:
    workspace_id = a_workspace()
    stack.table.client.delete_table(TableName=stack.table.name)

    outcome = run("verify", workspace_id)

    assert outcome.status == 2
    assert "ResourceNotFoundException" in outcome.stderr


def test_a_bug_of_ours_does_not_look_like_a_broken_chain(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    monkeypatch.setattr(in_processes, "verify", lambda *_, **__: 1 / 0)

    assert run("verify", workspace_id).status == 2


def test_an_interrupted_verification_gives_no_verdict(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    workspace_id = a_workspace()
    monkeypatch.setattr(in_processes, "verify", interrupt)

    assert run("verify", workspace_id).status == 130


def test_a_restored_table_can_be_verified_instead_of_the_stacks_own(stack: Stack) -> None:
    workspace_id = a_workspace()
    *_, last = chain_events(stack, workspace_id, 3, 3)
    head = f"6:{last.event_hash.hex()}"
    client = stack.table.client
    backup = client.create_backup(TableName=stack.table.name, BackupName="before")["BackupDetails"]
    client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup["BackupArn"])
    delete_segment(stack, workspace_id, 4)

    assert run("verify", workspace_id, "--expect-head", head).status == 1
    assert run("verify", workspace_id, "--expect-head", head, "--table", "restored").status == 0
    assert run("verify", workspace_id, "--table", "no-such-table").status == 2


def test_a_table_and_a_file_are_mutually_exclusive(stack: Stack) -> None:
    outcome = run("verify", "--file", "november.ndjson.gz", "--table", "restored")

    assert outcome.status == 2
    assert "--table and --file are mutually exclusive" in outcome.stderr
