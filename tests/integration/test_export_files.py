"""The files of exports in memory and on S3, and the signing key of the stack."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from indelible.aws.clients import s3_client, secretsmanager_client
from indelible.aws.export_files import S3Files
from indelible.aws.signing_secret import SigningSecret
from indelible.errors import Unavailable
from indelible.exporting.ports import Files
from support.aws_faults import TIMEOUT, answering, counting
from support.engines import MEMORY, MOTO
from support.memory_exports import MemoryFiles


@pytest.fixture
def s3_files(moto: None) -> S3Files:
    client = s3_client()
    client.create_bucket(Bucket="files")
    return S3Files(client, "files")


@pytest.fixture(params=[MEMORY, MOTO])
def files(request: pytest.FixtureRequest) -> Files:
    if request.param == MEMORY:
        return MemoryFiles()
    on_s3: S3Files = request.getfixturevalue("s3_files")
    return on_s3


def test_a_small_file_is_read_back_unchanged(files: Files) -> None:
    files.put("ws/rest", b"\x00bytes")
    assert files.get("ws/rest") == b"\x00bytes"


def test_an_absent_file_is_an_error(files: Files) -> None:
    with pytest.raises(Unavailable):
        files.get("ws/nothing")


def test_a_file_consists_of_the_parts_uploaded_last(files: Files) -> None:
    large, last = b"a" * 5 * 1024 * 1024, b"end"
    upload_id = files.begin("ws/file.csv")
    files.upload_part("ws/file.csv", upload_id, 1, b"b" * 5 * 1024 * 1024)
    tags = [
        files.upload_part("ws/file.csv", upload_id, number, body)
        for number, body in enumerate((large, last), 1)
    ]
    files.complete("ws/file.csv", upload_id, tags, len(large + last))
    assert files.get("ws/file.csv") == large + last


def test_a_part_replaced_by_another_worker_is_noticed(files: Files) -> None:
    upload_id = files.begin("ws/changed.csv")
    tag = files.upload_part("ws/changed.csv", upload_id, 1, b"mine")
    files.upload_part("ws/changed.csv", upload_id, 1, b"theirs")
    with pytest.raises(Unavailable):
        files.complete("ws/changed.csv", upload_id, [tag], 4)


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        (lambda files: files.begin("a.csv"), "CreateMultipartUpload"),
        (lambda files: files.upload_part("a.csv", "u", 1, b"x"), "UploadPart"),
        (lambda files: files.complete("a.csv", "u", ["t"], 1), "CompleteMultipartUpload"),
        (lambda files: files.put("a.csv", b"x"), "PutObject"),
        (lambda files: files.get("a.csv"), "GetObject"),
    ],
)
def test_a_call_that_s3_refuses_is_an_error(
    s3_files: S3Files, call: Callable[[S3Files], object], operation: str
) -> None:
    with answering(s3_files._client, operation, *["SlowDown"] * 3), pytest.raises(Unavailable):
        call(s3_files)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "eu-south-2"])
def test_a_link_leads_to_the_buckets_own_region(
    environment: pytest.MonkeyPatch, region: str
) -> None:
    """A link to S3's global address would be redirected, or refused in an opt-in Region."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", region)
        link = httpx.URL(S3Files(s3_client(), "indelible-bucket").link("ws/a.csv", "a.csv"))
    own = "" if region == "us-east-1" else f".{region}"
    assert link.host == f"indelible-bucket.s3{own}.amazonaws.com"
    assert f"/{region}/s3/aws4_request" in link.params["X-Amz-Credential"]
    assert link.params["X-Amz-Expires"] == "900"


def test_the_signing_key_is_read_once(moto: None) -> None:
    client = secretsmanager_client()
    arn = client.create_secret(Name="key", SecretString="k" * 64)["ARN"]
    secret = SigningSecret(client, arn)
    with counting(client) as calls:
        assert secret.key() == secret.key() == b"k" * 64
    assert calls == ["GetSecretValue"]


def test_a_signing_key_that_is_15_minutes_old_is_read_again(moto: None) -> None:
    client = secretsmanager_client()
    arn = client.create_secret(Name="old", SecretString="a" * 64)["ARN"]
    now = 1_000_000.0
    secret = SigningSecret(client, arn, lambda: now)
    assert secret.key() == b"a" * 64
    client.put_secret_value(SecretId=arn, SecretString="b" * 64)
    now += 899
    assert secret.key() == b"a" * 64
    now += 1
    assert secret.key() == b"b" * 64


def test_a_signing_key_that_is_no_text_is_an_error(moto: None) -> None:
    client = secretsmanager_client()
    arn = client.create_secret(Name="binary", SecretBinary=b"k" * 64)["ARN"]
    with pytest.raises(Unavailable):
        SigningSecret(client, arn).key()


@pytest.mark.parametrize("fault", [TIMEOUT, "AccessDeniedException", "ResourceNotFoundException"])
def test_a_signing_key_that_cannot_be_read_is_an_error(moto: None, fault: str) -> None:
    client = secretsmanager_client()
    secret = SigningSecret(client, "arn:aws:secretsmanager:us-east-1:123456789012:secret:no")
    with answering(client, "GetSecretValue", *[fault] * 3), pytest.raises(Unavailable):
        secret.key()
