"""Download links: anybody who has one may download the file without an API key until it expires.

S3's own links end after some hours, with the session of the role that signed them. These links last
as long as the file, and each request redirects to a new link of S3.
https://repost.aws/knowledge-center/presigned-url-s3-bucket-expiration
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from ..encoding import from_base64url, to_base64url
from ..errors import Expired, Forbidden, NotFound
from ..signing import is_signed, sign
from ..times import SECOND
from .job import Export, ExportStatus
from .ports import Exports
from .requests import find_export

_PURPOSE = "export download"
_NAMES = {"workspace", "expires", "signature"}


def sign_link(key: bytes, export: Export) -> str:
    """The query string of a finished export's link."""
    expires = str(export.expires_at // SECOND)
    signature = sign(key, _PURPOSE, _signed(export.workspace_id, export.id, expires))
    named = {"workspace": export.workspace_id, "expires": expires}
    return urlencode({**named, "signature": to_base64url(signature)})


def follow_link(
    key: bytes, exports: Exports, export_id: str, query: Mapping[str, str], now: int
) -> Export:
    """The export that a link leads to. `now` is in microseconds.

    Forbidden unless `sign_link` made the link. Expired once it has expired. NotFound if there is no
    file.
    """
    if query.keys() != _NAMES:
        raise _refused()
    try:
        signature = from_base64url(query["signature"])
    except ValueError:
        raise _refused() from None
    workspace_id, expires = query["workspace"], query["expires"]
    if not is_signed(key, _PURPOSE, _signed(workspace_id, export_id, expires), signature):
        raise _refused()
    try:
        expires_at = int(expires) * SECOND
    except ValueError:  # only somebody who has the secret can sign such a link
        raise _refused() from None
    if expires_at <= now:
        raise Expired("The download has expired. Start a new export.")
    export = find_export(exports, workspace_id, export_id, now)
    if export.status is not ExportStatus.COMPLETED:
        raise NotFound("The export has no file.")
    return export


def _signed(workspace_id: str, export_id: str, expires: str) -> bytes:
    return "\n".join((workspace_id, export_id, expires)).encode("utf-8", "replace")


def _refused() -> Forbidden:
    return Forbidden(
        "This is not a valid download link. Call GET /v1/exports/{id} for a current one."
    )
