"""Stores the files of exports as objects in an S3 bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .clients import error_code, unavailable_on_failure
from .objects import body_md5

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

LINK_SECONDS = 900
"""How long a presigned URL works."""

VIEWER_LINK_SECONDS = 60
"""The same for a token holder, who opens it at once, maybe in a browser that others use."""

_CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "gz": "application/gzip"}


class S3Files:
    """Implements `exporting.ports.Files` with S3, and makes links to the files.

    Every body is sent with its MD5, so that S3 refuses a body that was damaged on the way. The tag
    of a part is that MD5 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
    Every method raises Unavailable when S3 fails, and may be repeated.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def begin(self, name: str) -> str:
        """Begin a multipart upload; returns its id."""
        with unavailable_on_failure("S3"):
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket,
                Key=name,
                ContentType=_CONTENT_TYPES[name.rpartition(".")[2]],
            )
        return answer["UploadId"]

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Upload a part, replacing an earlier one with the same number; returns its tag."""
        with unavailable_on_failure("S3"):
            answer = self._client.upload_part(
                Bucket=self._bucket,
                Key=name,
                UploadId=upload_id,
                PartNumber=number,
                Body=body,
                ContentMD5=body_md5(body),
            )
        return answer["ETag"].strip('"')

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Complete the upload from the tags of its parts. Does nothing when it is complete.

        `size` is in bytes. If the upload is gone and a file of that size exists, an earlier call
        completed it and its reply was lost.
        """
        numbered: list[CompletedPartTypeDef] = [
            {"PartNumber": n, "ETag": tag} for n, tag in enumerate(parts, 1)
        ]
        with unavailable_on_failure("S3"):
            try:
                self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=name,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": numbered},
                )
            except ClientError as error:
                if error_code(error) != "NoSuchUpload":
                    raise
                found = self._client.head_object(Bucket=self._bucket, Key=name)
                if found["ContentLength"] != size:
                    raise

    def put(self, name: str, body: bytes) -> None:
        """Store a small file; replaces an existing one."""
        with unavailable_on_failure("S3"):
            self._client.put_object(
                Bucket=self._bucket, Key=name, Body=body, ContentMD5=body_md5(body)
            )

    def get(self, name: str) -> bytes:
        """Return the bytes of a small file."""
        with unavailable_on_failure("S3"):
            return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()

    def link(
        self, name: str, save_as: str, *, is_head: bool = False, seconds: int = LINK_SECONDS
    ) -> str:
        """Return a URL that downloads the file, named `save_as`, for so many seconds.

        S3 accepts it for one method only: for HEAD if `is_head`, else for GET.
        """
        with unavailable_on_failure("S3"):
            return self._client.generate_presigned_url(
                "head_object" if is_head else "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": name,
                    "ResponseContentDisposition": f'attachment; filename="{save_as}"',
                },
                ExpiresIn=seconds,
            )
