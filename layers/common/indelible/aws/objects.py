"""What the adapters of S3 share."""

from __future__ import annotations

import base64
from hashlib import md5


def body_md5(body: bytes) -> str:
    """The MD5 of a body as in RFC 1864, so that S3 refuses it if it was damaged on the way.

    It protects against errors, not against attackers. A bucket with Object Lock demands it, or
    another checksum: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    return base64.b64encode(md5(body, usedforsecurity=False).digest()).decode()
