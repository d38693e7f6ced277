"""Nobody takes anything back from the locked bucket, whatever role he has; the schedule fires.

The emulator enforces a bucket's policy for roles only, and locks for everybody (docs/local.md).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from e2e.assumed_role import session_of_role
from e2e.role_probe import Call, is_refused
from indelible.checkpoints.object_keys import STATE

from tools.local import emulator
from tools.local.aws import root_session
from tools.local.stack import Stack
from tools.local.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Roles = dict[str, Call]
S3Call = Callable[[str, dict[str, Any]], str]
"""Calls a method of S3; returns "allowed", or the code of the error."""

LOCK_DAYS = 30
MAY_DO_ANYTHING = {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}
IF_ABSENT = {"IfNoneMatch": "*"}

READERS = {"checkpoint", "watcher", "proofs", "query", "exporter"}
"""Functions that read both buckets. `query` says how far a chain is covered, and files carry it."""


@contextmanager
def administration(stack: Stack) -> Iterator[S3Call]:
    """Calls S3 with a role to which IAM allows everything, also to bypass locks."""
    with session_of_role(stack, "administers-buckets", MAY_DO_ANYTHING) as session:
        client = session.client("s3", endpoint_url=stack.endpoint_url)

        def call(method: str, arguments: dict[str, Any]) -> str:
            return outcome(client, method, arguments)

        yield call


@pytest.fixture
def administrator(stack: Stack) -> Iterator[S3Call]:
    with administration(stack) as call:
        yield call


@pytest.fixture(scope="module")
def root(stack: Stack) -> S3Client:
    return root_session().client("s3", endpoint_url=stack.endpoint_url)


def outcome(client: Any, method: str, arguments: dict[str, Any]) -> str:
    """What a call comes to: "allowed", or the code of the error."""
    try:
        getattr(client, method)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


@pytest.fixture
def place(stack: Stack) -> dict[str, Any]:
    """An object that is not there."""
    return {"Bucket": stack.locked_bucket, "Key": f"test/{secrets.token_hex(8)}"}


@pytest.fixture
def version(root: S3Client, place: dict[str, Any]) -> dict[str, Any]:
    """A version in the locked bucket."""
    put = root.put_object(**place, Body=b"a tile")
    return {**place, "VersionId": put["VersionId"]}


def deletions(version: dict[str, Any]) -> list[dict[str, Any]]:
    """The arguments of every DeleteObject that deletes a version, or hides it behind a marker."""
    return [
        version,
        {**version, "BypassGovernanceRetention": True},
        {"Bucket": version["Bucket"], "Key": version["Key"]},
    ]


def is_there(root: S3Client, version: dict[str, Any]) -> bool:
    """Whether the version is, and is what a reader gets who names none."""
    newest = root.get_object(Bucket=version["Bucket"], Key=version["Key"])
    return (newest["VersionId"], newest["Body"].read()) == (version["VersionId"], b"a tile")


def test_every_version_gets_the_lock_of_the_template(
    root: S3Client, version: dict[str, Any]
) -> None:
    lock = root.get_object_lock_configuration(Bucket=version["Bucket"])["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "COMPLIANCE", "Days": LOCK_DAYS}
    kept = root.get_object_retention(**version)["Retention"]
    assert kept["Mode"] == "COMPLIANCE"
    left = kept["RetainUntilDate"] - datetime.now(UTC)
    assert timedelta(days=LOCK_DAYS - 1) < left <= timedelta(days=LOCK_DAYS)


def test_the_checkpoint_role_puts_what_is_not_there_and_replaces_nothing(
    stack: Stack, roles: Roles, root: S3Client, place: dict[str, Any]
) -> None:
    put = roles["checkpoint"]
    assert put("s3", "put_object", {**place, "Body": "first", **IF_ABSENT}) == "allowed"
    answer = put("s3", "put_object", {**place, "Body": "second", **IF_ABSENT})
    assert answer == "PreconditionFailed"
    assert is_refused(put("s3", "put_object", {**place, "Body": "third"}))
    assert root.get_object(**place)["Body"].read() == b"first"


def test_no_other_function_puts_into_the_locked_bucket_or_the_state(
    stack: Stack, roles: Roles, place: dict[str, Any]
) -> None:
    state = {"Bucket": stack.state_bucket, "Key": STATE}
    for put in ({**place, **IF_ABSENT}, state):
        answers = {
            name: call("s3", "put_object", {**put, "Body": "x"}) for name, call in roles.items()
        }
        assert answers.pop("checkpoint") == "allowed"
        assert all(map(is_refused, answers.values())), answers


def test_only_the_watcher_puts_its_position(stack: Stack, roles: Roles) -> None:
    """A position that says that all was read would hide what was not."""
    other = {"Bucket": stack.state_bucket, "Key": "watcher-of-nobody", "Body": "x"}
    for call in roles.values():
        assert is_refused(call("s3", "put_object", other))
    position = {**other, "Key": "watcher", "Body": ""}
    assert is_refused(roles["checkpoint"]("s3", "put_object", position))


def test_an_unconditional_put_is_refused_whatever_the_role_allows(
    administrator: S3Call, place: dict[str, Any], version: dict[str, Any], root: S3Client
) -> None:
    again = {"Bucket": version["Bucket"], "Key": version["Key"], "Body": "other"}
    source = {"Bucket": version["Bucket"], "Key": version["Key"]}
    copy = {**place, "Key": place["Key"] + "-copy", "CopySource": source}
    assert is_refused(administrator("put_object", again))
    assert is_refused(administrator("copy_object", copy))
    assert is_refused(administrator("create_multipart_upload", source))
    assert administrator("put_object", {**again, **IF_ABSENT}) == "PreconditionFailed"
    assert is_there(root, version)


def test_a_missing_object_is_told_from_a_forbidden_one(roles: Roles, place: dict[str, Any]) -> None:
    """Which run is next depends on whether the object of a run is there."""
    for name, call in roles.items():
        answer = call("s3", "get_object", place)
        assert answer == "NoSuchKey" if name in READERS else is_refused(answer), name


@pytest.mark.parametrize(
    "restarted",
    [
        pytest.param(False, id="at once"),
        pytest.param(True, id="after a restart", marks=pytest.mark.restarts),
    ],
)
def test_a_locked_version_cannot_be_deleted_through_any_role(
    stack: Stack, roles: Roles, root: S3Client, version: dict[str, Any], restarted: bool
) -> None:
    if restarted:
        emulator.restart()
    with administration(stack) as administrator:
        for arguments in deletions(version):
            assert is_refused(administrator("delete_object", arguments))
            for call in roles.values():
                assert is_refused(call("s3", "delete_object", arguments))
    assert outcome(root, "delete_object", version) == "AccessDenied"
    assert root.get_object_retention(**version)["Retention"]["Mode"] == "COMPLIANCE"
    assert is_there(root, version)


def test_a_locked_version_cannot_be_deleted_among_others(
    root: S3Client, version: dict[str, Any]
) -> None:
    listed: Any = {"Key": version["Key"], "VersionId": version["VersionId"]}
    answer = root.delete_objects(
        Bucket=version["Bucket"], Delete={"Objects": [listed]}, BypassGovernanceRetention=True
    )
    assert [each["Code"] for each in answer["Errors"]] == ["AccessDenied"]
    assert is_there(root, version)


def test_a_lock_cannot_be_shortened_or_weakened(
    administrator: S3Call, root: S3Client, version: dict[str, Any]
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = datetime.now(UTC) + timedelta(days=LOCK_DAYS + 1)
    for kept in (
        {"Mode": "COMPLIANCE", "RetainUntilDate": tomorrow},
        {"Mode": "GOVERNANCE", "RetainUntilDate": later},
    ):
        arguments = {**version, "Retention": kept, "BypassGovernanceRetention": True}
        assert is_refused(administrator("put_object_retention", arguments))
        assert outcome(root, "put_object_retention", arguments) == "AccessDenied"


def test_versioning_cannot_be_suspended(
    stack: Stack, administrator: S3Call, root: S3Client
) -> None:
    suspended = {"Bucket": stack.locked_bucket, "VersioningConfiguration": {"Status": "Suspended"}}
    assert is_refused(administrator("put_bucket_versioning", suspended))
    assert outcome(root, "put_bucket_versioning", suspended) == "InvalidBucketState"
    assert root.get_bucket_versioning(Bucket=stack.locked_bucket)["Status"] == "Enabled"


def test_lifecycle_and_lock_of_the_bucket_cannot_be_changed(
    stack: Stack, administrator: S3Call
) -> None:
    bucket = {"Bucket": stack.locked_bucket}
    expire = {"ID": "x", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    weaker = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    for method, arguments in (
        ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [expire]}}),
        (
            "put_object_lock_configuration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": weaker}},
        ),
        ("delete_bucket", {}),
    ):
        assert is_refused(administrator(method, {**bucket, **arguments})), method


def test_the_state_is_read_by_version(stack: Stack, roles: Roles, root: S3Client) -> None:
    """Runs go by the version that the newest run names, so these versions are never read."""
    at: dict[str, Any] = {"Bucket": stack.state_bucket, "Key": STATE}
    first = root.put_object(**at, Body=b"1")["VersionId"]
    assert roles["checkpoint"]("s3", "put_object", {**at, "Body": "2"}) == "allowed"
    by_version = {**at, "VersionId": first}
    for name, call in roles.items():
        answer = call("s3", "get_object", by_version)
        assert answer == "allowed" if name in READERS else is_refused(answer), name
    assert root.get_object(**by_version)["Body"].read() == b"1"


def test_the_schedule_fires(stack: Stack) -> None:
    """Every 60 to 70 seconds here, because the emulator looks every ten."""
    logs: Any = root_session().client("logs", endpoint_url=stack.endpoint_url)
    since = time.time_ns() // 1_000_000

    def lines() -> list[Any]:
        group = "/indelible/indelible/checkpoint"
        return list(logs.filter_log_events(logGroupName=group, startTime=since)["events"])

    wait_until("the checkpoint function runs", lambda: bool(lines()))
