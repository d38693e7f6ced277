"""The bucket of states: a state is read by its version, whatever was put after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from indelible.aws.state_bucket import S3States
from indelible.errors import Unavailable
from integration.buckets import STATES, make_buckets
from support.aws_faults import TIMEOUT, answering, counting
from support.memory_log import MemoryStates

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(scope="module")
def client(moto: None) -> S3Client:
    return make_buckets()


@pytest.fixture(params=["memory", "s3"])
def states(request: pytest.FixtureRequest) -> MemoryStates | S3States:
    if request.param == "memory":
        return MemoryStates()
    return S3States(request.getfixturevalue("client"), STATES)


def test_a_version_is_what_was_put_as_it(states: MemoryStates | S3States) -> None:
    first, second = states.put(b"state 1"), states.put(b"state 2")
    assert first != second
    assert (states.read(first), states.read(second)) == (b"state 1", b"state 2")


def test_the_same_state_put_again_is_another_version(states: MemoryStates | S3States) -> None:
    first, second = states.put(b"state"), states.put(b"state")
    assert first != second
    assert states.read(first) == states.read(second) == b"state"


@pytest.mark.parametrize("version", ["v9", "null", "", " ", "../state", "ü\n", "x" * 2_000])
def test_no_version_is_none_whatever_the_turn_says(
    states: MemoryStates | S3States, version: str
) -> None:
    """Whoever writes the table's turn chooses this text."""
    states.put(b"state")
    assert states.read(version) is None


@pytest.mark.parametrize(
    "code", ["NoSuchVersion", "NoSuchKey", "InvalidArgument", "MethodNotAllowed"]
)
def test_each_answer_of_s3_that_there_is_no_such_version(client: S3Client, code: str) -> None:
    with answering(client, "GetObject", code):
        assert S3States(client, STATES).read("v9") is None


def test_the_state_that_was_put_or_read_last_is_not_read_again(client: S3Client) -> None:
    states, others = S3States(client, STATES), S3States(client, STATES)
    first, second = states.put(b"state 1"), states.put(b"state 2")
    with counting(client) as calls:
        assert states.read(second) == b"state 2"
        assert calls == []
        assert states.read(first) == others.read(first) == b"state 1"
        assert states.read(first) == others.read(first) == b"state 1"
    assert calls == ["GetObject"] * 2


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "NoSuchBucket", TIMEOUT])
def test_a_failure_is_not_taken_for_a_lost_state(client: S3Client, code: str) -> None:
    version = S3States(client, STATES).put(b"state")
    states = S3States(client, STATES)
    with answering(client, "GetObject", code), pytest.raises(Unavailable):
        states.read(version)
    with answering(client, "PutObject", code), pytest.raises(Unavailable):
        states.put(b"state")
    assert states.read(version) == b"state"


def test_a_bucket_without_versions_is_refused(client: S3Client) -> None:
    client.create_bucket(Bucket="unversioned")
    with pytest.raises(Unavailable, match="enable versioning"):
        S3States(client, "unversioned").put(b"state")
