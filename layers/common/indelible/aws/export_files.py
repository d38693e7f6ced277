"""Files of exports, as objects of a bucket."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import md5
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from .clients import error_code, unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

LINK_SECONDS = 900

_CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "gz": "application/gzip"}


class S3Files:
    """`exporting.ports.Files`, and links to them.

    Every body is sent with its MD5, so that S3 takes it as it was meant or not at all; the tag of
    a part is that MD5 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def begin(self, name: str) -> str:
        """Begin to upload a file; the id of the upload."""
        with unavailable_on_failure("S3"):
            answer = self._client.create_multipart_upload(
                Bucket=self._bucket,
                Key=name,
                ContentType=_CONTENT_TYPES[name.rpartition(".")[2]],
            )
        return answer["UploadId"]

    def upload_part(self, name: str, upload_id: str, number: int, body: bytes) -> str:
        """Upload a part, in the place of an earlier one with its number; its tag."""
        with unavailable_on_failure("S3"):
            answer = self._client.upload_part(
                Bucket=self._bucket,
                Key=name,
                UploadId=upload_id,
                PartNumber=number,
                Body=body,
                ContentMD5=_md5(body),
            )
        return answer["ETag"].strip('"')

    def complete(self, name: str, upload_id: str, parts: Sequence[str], size: int) -> None:
        """Make the file of its parts; nothing when that is done.

        An upload ends with its file. So one that is gone, while there is a file of that size, was
        completed before and the reply lost.
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
        """Keep a small file."""
        with unavailable_on_failure("S3"):
            self._client.put_object(Bucket=self._bucket, Key=name, Body=body, ContentMD5=_md5(body))

    def get(self, name: str) -> bytes:
        """A small file's bytes."""
        with unavailable_on_failure("S3"):
            return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()

    def link(self, name: str, save_as: str) -> str:
        """A URL that downloads the file for 15 minutes, under another name."""
        with unavailable_on_failure("S3"):
            return self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._bucket,
                    "Key": name,
                    "ResponseContentDisposition": f'attachment; filename="{save_as}"',
                },
                ExpiresIn=LINK_SECONDS,
            )


def _md5(body: bytes) -> str:
    """As RFC 1864 has it; against errors, not attackers."""
    return base64.b64encode(md5(body, usedforsecurity=False).digest()).decode()
