"""The locked bucket: who puts a key first decides what it holds, and a refusal is no absence."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.response import StreamingBody
from indelible.aws.locked_bucket import S3LockedBucket
from indelible.errors import Contradiction, Unavailable
from integration.buckets import LOCKED, make_buckets, versions_of
from support.aws_faults import TIMEOUT, answering, counting, event_name, hooked, losing_attempts
from support.memory_log import MemoryBucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RUN = "run/000000000001"
OTHER_PUT = "ConditionalRequestConflict"


@pytest.fixture(scope="module")
def module_client(moto: None) -> S3Client:
    return make_buckets()


@pytest.fixture
def client(module_client: S3Client) -> S3Client:
    """A client of the buckets. The locked one is empty, which nobody could do on S3."""
    from moto.s3.models import s3_backends  # noqa: PLC0415 (a second that unit tests need not wait)

    for backends in s3_backends.values():
        for each in backends.values():
            if LOCKED in each.buckets:
                each.buckets[LOCKED].keys.clear()
    return module_client


@pytest.fixture
def bucket(client: S3Client) -> S3LockedBucket:
    return S3LockedBucket(client, LOCKED)


@pytest.mark.parametrize("kind", ["memory", "s3"])
def test_the_first_put_of_a_key_decides(kind: str, bucket: S3LockedBucket) -> None:
    port = MemoryBucket() if kind == "memory" else bucket
    assert port.read(RUN) is None
    assert port.put_new(RUN, b"first")
    assert not port.put_new(RUN, b"second")
    assert not port.put_new(RUN, b"first")
    assert port.read(RUN) == b"first"


@pytest.mark.parametrize("kind", ["memory", "s3"])
def test_many_are_read_by_key_and_missing_ones_are_left_out(
    kind: str, bucket: S3LockedBucket
) -> None:
    port = MemoryBucket() if kind == "memory" else bucket
    stored = {f"log/tile/0/{number:03d}": b"%d" % number for number in range(40)}
    for key, content in stored.items():
        port.put_new(key, content)
    assert port.read_many([*stored, "log/tile/0/999"]) == stored
    assert port.read_many([]) == {}


def test_an_object_is_locked_and_has_one_version(client: S3Client, bucket: S3LockedBucket) -> None:
    bucket.put_new(RUN, b"first")
    bucket.put_new(RUN, b"second")
    [version] = versions_of(client, LOCKED, RUN)
    stored = client.head_object(Bucket=LOCKED, Key=RUN, VersionId=version["VersionId"])
    assert stored["ObjectLockMode"] == "COMPLIANCE"


def test_a_put_has_its_condition_and_a_checksum(client: S3Client, bucket: S3LockedBucket) -> None:
    """Without the first, the bucket's policy refuses it; without the second, its lock does."""
    sent: list[Any] = []

    def note(request: Any, **_: Any) -> None:
        sent.append([request.headers[name] for name in ("If-None-Match", "Content-MD5")])

    with hooked(client, "before-send.s3.PutObject", note):
        bucket.put_new(RUN, b"first")
    assert sent == [[b"*", b"iwTV43ddKY54RV78XKQE1Q=="]]


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalServerError", TIMEOUT])
def test_a_read_that_fails_never_says_that_there_is_no_object(
    client: S3Client, bucket: S3LockedBucket, code: str
) -> None:
    with answering(client, "GetObject", code), pytest.raises(Unavailable):
        bucket.read(RUN)
    with answering(client, "GetObject", None, code), pytest.raises(Unavailable):
        bucket.read_many([RUN, "origin"])


def test_what_a_process_has_read_or_put_of_the_log_it_does_not_read_again(
    client: S3Client, bucket: S3LockedBucket
) -> None:
    keys = ["origin", "key/8f36c1de", RUN]
    assert bucket.read_many(keys) == {}
    for key in keys:
        bucket.put_new(key, key.encode())
    again = S3LockedBucket(client, LOCKED)
    with counting(client) as calls:
        for _ in range(3):
            assert [*bucket.read_many(keys)] == keys
            assert [*again.read_many(keys)] == keys
    assert calls == ["GetObject"] * 3


def test_of_runs_only_the_last_one_is_remembered_and_that_there_is_none_never(
    client: S3Client, bucket: S3LockedBucket
) -> None:
    other = f"{RUN}9"
    bucket.put_new(RUN, b"first")
    assert bucket.read(other) is None
    S3LockedBucket(client, LOCKED).put_new(other, b"second")
    assert not bucket.put_new(other, b"third")
    with counting(client) as calls:
        assert [bucket.read(other), bucket.read(other)] == [b"second"] * 2
        assert bucket.read(RUN) == b"first"
    assert calls == ["GetObject"] * 2


def test_a_hidden_object_is_no_missing_one(client: S3Client, bucket: S3LockedBucket) -> None:
    """S3 answers as if there was none. A run would otherwise be decided and signed again."""
    S3LockedBucket(client, LOCKED).put_new(RUN, b"first")
    client.delete_object(Bucket=LOCKED, Key=RUN)

    def as_s3_does(parsed: dict[str, Any], **_: Any) -> None:  # moto leaves it out
        parsed["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] = "true"

    with (
        hooked(client, event_name("after-call", client, "GetObject"), as_s3_does),
        pytest.raises(Contradiction, match=f"delete marker on {RUN}"),
    ):
        bucket.read(RUN)


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalServerError", TIMEOUT])
def test_a_put_that_fails_is_neither_new_nor_old(
    client: S3Client, bucket: S3LockedBucket, code: str
) -> None:
    with answering(client, "PutObject", code), pytest.raises(Unavailable):
        bucket.put_new(RUN, b"first")
    assert bucket.put_new(RUN, b"first")


def test_a_put_whose_reply_is_lost_was_stored(client: S3Client, bucket: S3LockedBucket) -> None:
    """botocore puts again, and S3 refuses it: so a caller compares what is there."""
    with losing_attempts(client, True):
        assert not bucket.put_new(RUN, b"first")
    assert bucket.read(RUN) == b"first"


def test_a_put_beside_another_one_is_tried_again(
    client: S3Client, bucket: S3LockedBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("indelible.backoff.time.sleep", pauses.append)
    with answering(client, "PutObject", *[OTHER_PUT] * 4) as left:
        assert bucket.put_new(RUN, b"first")
    assert not left
    with answering(client, "PutObject", OTHER_PUT):
        assert not bucket.put_new(RUN, b"second")
    with answering(client, "PutObject", *[OTHER_PUT] * 5), pytest.raises(Unavailable, match=RUN):
        bucket.put_new(RUN, b"second")
    assert sum(pauses) < 2


def test_a_body_that_breaks_off_is_no_object(client: S3Client, bucket: S3LockedBucket) -> None:
    S3LockedBucket(client, LOCKED).put_new(RUN, b"first")

    def break_off(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Body"] = StreamingBody(BytesIO(b"fir"), content_length=5)

    with (
        hooked(client, event_name("after-call", client, "GetObject"), break_off),
        pytest.raises(Unavailable),
    ):
        bucket.read(RUN)
