"""Exports in DynamoDB, on both engines, and files and the signing key on moto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from indelible.aws.clients import s3_client, secretsmanager_client
from indelible.aws.export_files import S3Files
from indelible.aws.export_jobs import DynamoDBExports
from indelible.aws.table import Table, export_key
from indelible.chain.hashes import Head
from indelible.errors import Conflict, DamagedItem, Unavailable
from indelible.export_file.manifest import Manifest
from indelible.exporting.job import Export, ExportStatus, Format, Progress, next_revision
from indelible.exporting.ports import Exports, Files
from indelible.exporting.sizes import SIZES
from indelible.filters import read_filters
from indelible.runtime.secrets import SigningSecret
from support.aws_faults import TIMEOUT, answering, counting, losing_replies
from support.builders import DAY, MINUTE, NOON, WORKSPACE, counted_entropy, event_id
from support.engines import MEMORY, MOTO
from support.memory_exports import MemoryExports, MemoryFiles

ENTROPY = counted_entropy()

MANIFEST = Manifest(
    workspace_id=WORKSPACE,
    first_sequence=3,
    previous_event_hash=b"2" * 32,
    head=Head(2_000, b"3" * 32, 0),
    filters={"actor_id": "Ünal", "from": "2026-11-23T12:00:00.000000Z"},
    created_at="2026-11-23T12:00:01.000000Z",
    damage_after_head="no segment",
)
PENDING = Export(
    workspace_id=WORKSPACE,
    id=event_id(1),
    format=Format.NDJSON,
    filters=read_filters({"actor_id": "Ünal", "from": "2026-11-23T12:00:00Z"}),
    created_at=NOON + 7,
    revision="first",
)
UNDER_WAY = replace(
    PENDING,
    status=ExportStatus.PROCESSING,
    progress=Progress(
        manifest=MANIFEST,
        upload_id="upload-1",
        next_sequence=1_001,
        parts=("0" * 32, "1" * 32),
        remainder="name",
        rows=1_000,
        bytes=500_000,
    ),
)
COMPLETED = replace(
    PENDING, status=ExportStatus.COMPLETED, total_rows=0, file_size=12, finished_at=NOON + MINUTE
)
FAILED = replace(
    PENDING, status=ExportStatus.FAILED, error_message="It failed.", finished_at=NOON + MINUTE
)


@pytest.fixture
def exports(engine: Table | None) -> Exports:
    return DynamoDBExports(engine) if engine else MemoryExports()


@pytest.mark.parametrize("export", [PENDING, UNDER_WAY, COMPLETED, FAILED], ids=lambda e: e.status)
def test_an_export_is_found_as_it_was_kept(exports: Exports, export: Export) -> None:
    exports.create(PENDING)
    if export != PENDING:
        exports.save(export, replacing=PENDING)
    assert exports.find(WORKSPACE, export.id) == export
    assert exports.find("ws_other", export.id) is None
    assert exports.find(WORKSPACE, event_id(2)) is None


def test_a_manifest_is_stored_as_the_line_that_the_file_begins_with(moto_table: Table) -> None:
    DynamoDBExports(moto_table).create(UNDER_WAY)
    item = moto_table.client.get_item(
        TableName=moto_table.name, Key=export_key(WORKSPACE, UNDER_WAY.id)
    )["Item"]
    assert item["manifest"] == {"B": MANIFEST.as_line()}


def test_a_manifest_that_cannot_be_read_is_a_damaged_item(moto_table: Table) -> None:
    """It is the export that is damaged then, not the chain."""
    exports = DynamoDBExports(moto_table)
    exports.create(UNDER_WAY)
    moto_table.client.update_item(
        TableName=moto_table.name,
        Key=export_key(WORKSPACE, UNDER_WAY.id),
        UpdateExpression="SET manifest = :manifest",
        ExpressionAttributeValues={":manifest": {"B": b"{}"}},
    )
    with pytest.raises(DamagedItem, match="the stored export is damaged"):
        exports.find(WORKSPACE, UNDER_WAY.id)


def test_of_two_who_save_the_same_revision_one_wins(exports: Exports) -> None:
    exports.create(PENDING)
    first, second = (
        next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING) for _ in range(2)
    )
    exports.save(first, replacing=PENDING)
    with pytest.raises(Conflict):
        exports.save(second, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == first


def test_saving_again_after_a_lost_reply_is_no_conflict(table: Table) -> None:
    """boto3 sends a request again by itself when no reply comes."""
    exports = DynamoDBExports(table)
    exports.create(PENDING)
    saved = next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING)
    with losing_replies(table.client, "PutItem"), pytest.raises(Unavailable):
        exports.save(saved, replacing=PENDING)
    exports.save(saved, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == saved


def test_saving_the_same_again_is_no_conflict(exports: Exports) -> None:
    exports.create(PENDING)
    saved = next_revision(PENDING, ENTROPY, status=ExportStatus.PROCESSING)
    for _ in range(2):
        exports.save(saved, replacing=PENDING)
    assert exports.find(WORKSPACE, PENDING.id) == saved


def test_what_is_forgotten_is_not_kept_again(exports: Exports) -> None:
    unknown = replace(PENDING, id=event_id(3))
    with pytest.raises(Conflict):
        exports.save(unknown, replacing=unknown)


def test_the_tags_of_ten_thousand_parts_fit_into_the_item(table: Table) -> None:
    exports = DynamoDBExports(table)
    assert UNDER_WAY.progress is not None
    parts = tuple(f"{n:032x}" for n in range(SIZES.max_parts))
    filters = dict.fromkeys(("actor_id", "action", "search", "target_id"), "ü" * 1024)
    large = replace(MANIFEST, filters={"actor_id": "ü" * 6_000})
    full = replace(
        UNDER_WAY,
        filters=read_filters(filters),
        progress=replace(UNDER_WAY.progress, parts=parts, manifest=large),
    )
    exports.create(PENDING)
    exports.save(full, replacing=PENDING)
    assert exports.find(WORKSPACE, full.id) == full


@pytest.mark.parametrize(
    ("export", "seconds"),
    [(PENDING, NOON + 2 * DAY), (COMPLETED, NOON + MINUTE + 7 * DAY)],
    ids=["unfinished", "finished"],
)
def test_the_table_forgets_it_when_it_expires(
    moto_table: Table, export: Export, seconds: int
) -> None:
    DynamoDBExports(moto_table).create(export)
    item = moto_table.client.get_item(
        TableName=moto_table.name, Key=export_key(WORKSPACE, export.id)
    )["Item"]
    assert item["expires_at"] == {"N": str(seconds // 1_000_000)}


@pytest.mark.parametrize("fault", [TIMEOUT, "ThrottlingException"])
def test_a_look_up_that_fails_is_an_error(moto_table: Table, fault: str) -> None:
    exports = DynamoDBExports(moto_table)
    with answering(moto_table.client, "GetItem", *[fault] * 3), pytest.raises(Unavailable):
        exports.find(WORKSPACE, PENDING.id)


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


def test_a_small_file_is_read_as_it_was_kept(files: Files) -> None:
    files.put("ws/rest", b"\x00bytes")
    assert files.get("ws/rest") == b"\x00bytes"


def test_a_file_that_is_not_there_is_an_error(files: Files) -> None:
    with pytest.raises(Unavailable):
        files.get("ws/nothing")


def test_a_file_is_made_of_the_parts_that_were_uploaded_last(files: Files) -> None:
    large, last = b"a" * 5 * 1024 * 1024, b"end"
    upload_id = files.begin("ws/file.csv")
    files.upload_part("ws/file.csv", upload_id, 1, b"b" * 5 * 1024 * 1024)
    tags = [
        files.upload_part("ws/file.csv", upload_id, number, body)
        for number, body in enumerate((large, last), 1)
    ]
    files.complete("ws/file.csv", upload_id, tags, len(large + last))
    assert files.get("ws/file.csv") == large + last


def test_a_part_that_somebody_else_changed_is_noticed(files: Files) -> None:
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
def test_what_s3_does_not_do_is_an_error(
    s3_files: S3Files, call: Callable[[S3Files], object], operation: str
) -> None:
    with answering(s3_files._client, operation, *["SlowDown"] * 3), pytest.raises(Unavailable):
        call(s3_files)


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "eu-south-2"])
def test_a_link_leads_to_the_buckets_own_region(
    environment: pytest.MonkeyPatch, region: str
) -> None:
    """A link to S3's global address would be sent on, or refused where a Region is opt-in."""
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


@pytest.mark.parametrize("fault", [TIMEOUT, "AccessDeniedException", "ResourceNotFoundException"])
def test_a_signing_key_that_cannot_be_read_is_an_error(moto: None, fault: str) -> None:
    client = secretsmanager_client()
    secret = SigningSecret(client, "arn:aws:secretsmanager:us-east-1:123456789012:secret:no")
    with answering(client, "GetSecretValue", *[fault] * 3), pytest.raises(Unavailable):
        secret.key()
