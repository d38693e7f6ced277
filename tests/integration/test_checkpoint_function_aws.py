"""The checkpoint function with all its adapters, over moto and a key of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from types import ModuleType

import pytest
from indelible.aws.clients import sqs_client
from indelible.aws.growth_notes import SQSGrowthNotes
from indelible.aws.table import Table
from indelible.aws.witness_list import ListedWitness, WitnessList
from indelible.checkpoints.object_keys import STATE, run_key
from indelible.checkpoints.published_run import read_published_run
from indelible.covering.growth import encode_note
from indelible.errors import MissingSettings
from indelible.tlog.note import is_signed_by
from integration.buckets import LOCKED, STATES, make_buckets, versions_of
from integration.table_stream import store
from support.aws_faults import counting
from support.builders import WORKSPACE, a_chain
from support.handlers import ROOT, LambdaContext, load
from support.kms import KMSKey
from support.notes import FIRST


def test_a_run_over_aws_publishes_and_idle_ones_make_few_calls(
    checkpoint: ModuleType,
    moto_table: Table,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All adapters together, over moto, and KMS with a key of ours."""
    s3, sqs = make_buckets(), sqs_client()
    url = sqs.create_queue(QueueName="growth")["QueueUrl"]
    chain = a_chain(300, 100)
    store(moto_table, chain)
    notes = SQSGrowthNotes(sqs, url)
    notes.send(encode_note({WORKSPACE: [each.first_sequence for each in chain]}))
    present = replace(checkpoint.services, notes=notes, signers=checkpoint.services.signers[:1])
    monkeypatch.setattr(checkpoint, "services", present)
    sample = json.loads((ROOT / "events" / "checkpoint-run.json").read_text())
    kms = KMSKey()
    with kms.behind(checkpoint.kms):
        for _ in range(2):
            checkpoint.handler(sample, LambdaContext(seconds=120))
        with counting(checkpoint.table.client, checkpoint.s3, checkpoint.kms) as calls:
            checkpoint.handler(sample, LambdaContext(seconds=120))
    [version] = versions_of(s3, LOCKED, run_key(1))
    run = read_published_run(s3.get_object(Bucket=LOCKED, Key=version["Key"])["Body"].read())
    assert is_signed_by(run.note, present.signers[0].key)
    assert present.signers[0].key.public_key == kms.private.public_key().public_bytes_raw()
    [state] = versions_of(s3, STATES, STATE)
    assert run.state_version == state["VersionId"]
    assert [each["Message"] for each in kms.calls if "Message" in each] == [run.note.text]
    assert calls == ["Query", "GetObject"]
    assert '"message":"nothing to publish"' in capsys.readouterr().out


def test_witnesses_of_the_list_are_asked_and_a_damaged_one_is_left_out(
    checkpoint: ModuleType, moto_table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    WitnessList(moto_table).add(ListedWitness("https://one.example/w", FIRST.witness_key))
    item = {"pk": {"S": "LOG"}, "sk": {"S": "WITNESS#broken"}, "url": {"S": "x"}}
    moto_table.client.put_item(TableName=moto_table.name, Item=item)
    [witness] = checkpoint.begin().witnesses
    assert witness.key == FIRST.witness_key
    assert "witness not asked" in capsys.readouterr().out


def test_every_key_of_the_setting_signs_the_present_one_first(checkpoint: ModuleType) -> None:
    first, second = checkpoint.services.signers
    assert (first._arn, second._arn) == (
        "arn:aws:kms:us-east-1:123456789012:key/present",
        "arn:old",
    )


def test_a_setting_that_is_missing_is_named(
    checkpoint: ModuleType, environment: pytest.MonkeyPatch
) -> None:
    environment.delenv("CHECKPOINT_BUCKET")
    with pytest.raises(MissingSettings, match="CHECKPOINT_BUCKET"):
        load("checkpoint")
