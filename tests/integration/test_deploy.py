"""`make deploy` asks for what a stack cannot do without, and otherwise keeps what is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from support.template import read_template

from tools.deploy import (
    DEFAULTS,
    alarm_topic_parameter,
    chosen,
    deployed_parameters,
    given_parameters,
    lock_days_parameter,
)
from tools.local.failure import LocalStackError
from tools.other_table import stream_parameter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call"
NEW: None = None
"""There is no stack yet."""

COPY = "indelible-restored"


def test_a_new_stack_needs_a_topic_for_its_alarms_or_an_explicit_no() -> None:
    with pytest.raises(LocalStackError, match="ALARM_TOPIC=none"):
        alarm_topic_parameter("", [], NEW)
    assert alarm_topic_parameter(TOPIC, [], NEW) == [f"AlarmTopicArn={TOPIC}"]
    assert alarm_topic_parameter("none", [], NEW) == ['AlarmTopicArn=""']


def test_a_later_deployment_keeps_the_topic_unless_another_is_named() -> None:
    deployed = {"AlarmTopicArn": TOPIC}
    assert alarm_topic_parameter("", [], deployed) == []
    assert alarm_topic_parameter("none", [], deployed) == ['AlarmTopicArn=""']


def test_a_topic_among_the_parameters_is_an_answer() -> None:
    assert alarm_topic_parameter("", [f"AlarmTopicArn={TOPIC}"], NEW) == []


def test_a_parameter_without_a_value_is_emptied() -> None:
    """SAM refuses `Name=`, and two quotation marks get lost between shells."""
    given = given_parameters("SigningKeyArn=arn:aws:kms:… NextSigningKeyArn=")
    assert given == ["SigningKeyArn=arn:aws:kms:…", 'NextSigningKeyArn=""']
    assert given_parameters('NextSigningKeyArn=""') == ['NextSigningKeyArn=""']
    assert given_parameters("") == []


def test_a_value_may_have_spaces() -> None:
    """`ViewerFrameAncestors` is a list of origins, and SAM ends a value at a space."""
    origins = "https://app.example.com https://admin.example.com"
    given = given_parameters(f"ViewerFrameAncestors={origins} LogRetentionDays=365")
    assert given == [f'ViewerFrameAncestors="{origins}"', "LogRetentionDays=365"]
    assert given_parameters("ViewerFrameAncestors='none'") == ["ViewerFrameAncestors='none'"]
    quoted = f'ViewerFrameAncestors="{origins}"'
    assert given_parameters(f"{quoted} ThrottleRate=") == [quoted, 'ThrottleRate=""']


@pytest.mark.parametrize("deployed", [NEW, {"AlarmTopicArn": TOPIC}])
def test_nobody_gets_a_bucket_that_cannot_be_emptied_without_choosing_for_how_long(
    deployed: dict[str, str] | None,
) -> None:
    """Neither with a new stack nor with the first version that has such a bucket."""
    with pytest.raises(LocalStackError, match="LOCK_DAYS=30"):
        lock_days_parameter("", [], deployed)
    assert lock_days_parameter("1", [], deployed) == ["LockDays=1"]
    assert lock_days_parameter("none", [], deployed) == ["Checkpoints=off"]
    assert lock_days_parameter("", ["LockDays=90"], deployed) == []
    assert lock_days_parameter("", ["Checkpoints=off"], deployed) == []


def test_a_later_deployment_keeps_the_days_unless_others_are_named() -> None:
    deployed = {"LockDays": "90"}
    assert lock_days_parameter("", [], deployed) == []
    assert lock_days_parameter("365", [], deployed) == ["LockDays=365"]


@pytest.mark.parametrize("days", ["0", "-1", "thirty", "1.5"])
def test_a_lock_lasts_for_whole_days(days: str) -> None:
    with pytest.raises(LocalStackError, match="number of days"):
        lock_days_parameter(days, [], {"LockDays": "90"})


@pytest.mark.parametrize(
    ("setting", "deployed", "expected"),
    [
        (None, NEW, "python3.13"),
        (None, {"Runtime": "python3.12"}, "python3.12"),
        ("python3.14", {"Runtime": "python3.12"}, "python3.14"),
    ],
)
def test_a_later_deployment_keeps_the_runtime_unless_another_is_named(
    monkeypatch: pytest.MonkeyPatch,
    setting: str | None,
    deployed: dict[str, str] | None,
    expected: str,
) -> None:
    monkeypatch.delenv("RUNTIME", raising=False)
    if setting:
        monkeypatch.setenv("RUNTIME", setting)
    assert chosen("RUNTIME", "Runtime", deployed) == expected


def test_the_defaults_are_those_of_the_template() -> None:
    parameters = read_template()["Parameters"]
    assert {name: parameters[name]["Default"] for name in DEFAULTS} == DEFAULTS


@mock_aws
def test_a_stack_that_is_not_there_has_no_parameters() -> None:
    session = boto3.Session(region_name="eu-central-1")
    assert deployed_parameters(session, "indelible") is None


@pytest.fixture
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        found = boto3.client("dynamodb", region_name="eu-central-1")
        found.create_table(
            TableName=COPY,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield found


def protect(client: DynamoDBClient) -> None:
    client.update_table(
        TableName=COPY,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        DeletionProtectionEnabled=True,
    )
    client.update_continuous_backups(
        TableName=COPY, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def test_a_restored_table_is_refused_until_it_is_protected(client: DynamoDBClient) -> None:
    with pytest.raises(LocalStackError) as refused:
        stream_parameter(client, [f"TableName={COPY}"])
    for missing in ("KEYS_ONLY", "point-in-time recovery", "deletion protection"):
        assert missing in str(refused.value)
    protect(client)
    label = client.describe_table(TableName=COPY)["Table"]["LatestStreamLabel"]
    assert stream_parameter(client, [f"TableName={COPY}"]) == [f"TableStreamLabel={label}"]


def test_a_table_that_does_not_exist_is_refused(client: DynamoDBClient) -> None:
    with pytest.raises(LocalStackError, match="cannot be described"):
        stream_parameter(client, ["TableName=elsewhere"])


@pytest.mark.parametrize("given", [[], ['TableName=""'], ["LogRetentionDays=365"]])
def test_a_stack_with_its_own_table_needs_no_label(
    client: DynamoDBClient, given: list[str]
) -> None:
    assert stream_parameter(client, given) == []
