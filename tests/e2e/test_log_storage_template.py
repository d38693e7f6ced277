"""What template.yaml promises of the log's buckets and its key; no stack is needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from e2e.template import FUNCTION_ROLES, RESOURCES, TEMPLATE, Statement, as_list, properties


def denied(policy: str) -> Iterator[Statement]:
    """The statements of a bucket's policy; all of them refuse something, and to everybody."""
    for statement in properties(policy)["PolicyDocument"]["Statement"]:
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        yield statement


def all_refused(action: str) -> list[Statement]:
    """What the policy of the locked bucket says of an action."""
    return [each for each in denied("LockedBucketPolicy") if action in as_list(each["Action"])]


def refused(action: str) -> Statement:
    """The same, if it is one statement."""
    [found] = all_refused(action)
    return found


@pytest.mark.parametrize(
    "name", ["LockedBucket", "LockedBucketPolicy", "SigningKey", "StateBucket", "StateBucketPolicy"]
)
def test_the_log_survives_the_stack(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_nobody_can_delete_a_version_of_the_locked_bucket_for_as_long_as_a_parameter_says() -> None:
    bucket = properties("LockedBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": {"Ref": "LockDays"}}},
    }
    assert TEMPLATE["Parameters"]["LockDays"]["Default"] == 30
    assert TEMPLATE["Parameters"]["LockDays"]["MinValue"] == 1
    assert "LifecycleConfiguration" not in bucket


@pytest.mark.parametrize("name", ["LockedBucket", "StateBucket"])
def test_the_buckets_are_encrypted_private_and_refuse_plain_http(name: str) -> None:
    bucket = properties(name)
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert [*bucket["PublicAccessBlockConfiguration"].values()] == [True] * 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    policy = f"{name}Policy"
    assert properties(policy)["Bucket"] == {"Ref": name}
    [plain] = [each for each in denied(policy) if each["Action"] == "s3:*"]
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert plain["Resource"] == [
        {"Fn::GetAtt": f"{name}.Arn"},
        {"Fn::Sub": f"${{{name}.Arn}}/*"},
    ]


def test_a_put_that_could_replace_an_object_is_refused_and_every_put_but_that_of_a_run() -> None:
    statements = all_refused("s3:PutObject")
    objects = {"Fn::Sub": "${LockedBucket.Arn}/*"}
    assert [each["Resource"] for each in statements] == [objects, objects]
    assert [each["Condition"] for each in statements] == [
        {"Null": {"s3:if-none-match": "true"}},
        {"ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": "CheckpointRole.Arn"}}},
    ]


@pytest.mark.parametrize(
    "action",
    [
        "s3:BypassGovernanceRetention",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
    ],
)
def test_nobody_may_delete_or_loosen_a_lock_whatever_the_role_allows(action: str) -> None:
    assert "Condition" not in refused(action)


def test_the_policy_is_put_again_when_the_days_change() -> None:
    """It refuses that change, so whoever makes it removes the policy before."""
    sid = refused("s3:PutBucketObjectLockConfiguration")["Sid"]
    assert sid == {"Fn::Sub": "KeepTheSettingsOf${LockDays}Days"}


def test_the_newest_hundred_states_stay_and_others_expire_after_a_day() -> None:
    bucket = properties("StateBucket")
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {
        "NoncurrentDays": 1,
        "NewerNoncurrentVersions": 100,
    }
    assert not {"ExpirationInDays", "ExpirationDate"} & rule.keys()


def key_policy() -> dict[str, Statement]:
    return {each["Sid"]: each for each in properties("SigningKey")["KeyPolicy"]["Statement"]}


def test_the_key_signs_ed25519_and_waits_a_month_before_it_is_deleted() -> None:
    key = properties("SigningKey")
    assert (key["KeySpec"], key["KeyUsage"]) == ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    assert key["PendingWindowInDays"] == 30
    assert "MultiRegion" not in key, "two Regions could sign two logs"


def test_only_the_checkpoint_role_may_sign_and_only_whole_texts() -> None:
    signing = [each for each in key_policy().values() if "kms:Sign" in as_list(each["Action"])]
    [sign] = signing
    assert sign["Principal"] == {"AWS": {"Fn::GetAtt": "CheckpointRole.Arn"}}
    assert sign["Action"] == "kms:Sign"
    assert sign["Condition"] == {
        "StringEquals": {"kms:SigningAlgorithm": "ED25519_SHA_512", "kms:MessageType": "RAW"}
    }
    assert not [
        role
        for role in FUNCTION_ROLES
        if role != "CheckpointRole" and "kms:" in str(RESOURCES[role])
    ]


def test_the_account_administers_the_key_and_cannot_use_it_or_hand_out_its_use() -> None:
    administer = key_policy()["Administer"]
    assert administer["Principal"] == {
        "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    }
    actions = set(administer["Action"])
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:GetPublicKey"} <= actions
    assert not {"kms:Sign", "kms:CreateGrant", "kms:ReplicateKey"} & actions
    assert not [each for each in actions if "*" in each]


def test_a_second_key_signs_too_while_the_key_is_rotated() -> None:
    present = {
        "Fn::If": ["UsesOwnSigningKey", {"Fn::GetAtt": "SigningKey.Arn"}, {"Ref": "SigningKeyArn"}]
    }
    both = {"Fn::Sub": ["${Present},${NextSigningKeyArn}", {"Present": present}]}
    variables = properties("CheckpointFunction")["Environment"]["Variables"]
    assert variables["SIGNING_KEY_ARNS"] == {"Fn::If": ["HasNextSigningKey", both, present]}
    assert TEMPLATE["Parameters"]["NextSigningKeyArn"]["Default"] == ""
