"""Download links: anybody who has one may download the file without an API key until it expires.

An export that a token holder has started has none. Its file is downloaded with a token that still
lives.

S3's own links end after some hours, with the session of the role that signed them. These links last
as long as the file, and each request redirects to a new link of S3.
https://repost.aws/knowledge-center/presigned-url-s3-bucket-expiration
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ..encoding import from_base64url, to_base64url
from ..errors import Expired, Forbidden, NotFound, NotReady
from ..signing import is_signed, sign
from ..times import SECOND
from .job import Export, ExportStatus
from .ports import Exports
from .requests import find_export, find_visible_export

if TYPE_CHECKING:
    from ..accounts.caller import Caller

_PURPOSE = "export download"
_RETRY_AFTER = 5
"""Seconds: a small file takes that long."""

LINK_PARAMETERS = frozenset({"workspace", "expires", "signature"})
"""The parameters of a link, all of which it has."""


def has_link(export: Export) -> bool:
    """Whether there is a link to the export's file."""
    return export.status is ExportStatus.COMPLETED and export.forced_filters is None


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
    if query.keys() != LINK_PARAMETERS:
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
    return _with_file(find_export(exports, workspace_id, export_id, now))


def find_file(exports: Exports, caller: Caller, export_id: str, now: int) -> Export:
    """The export whose file the caller downloads without a link. `now` is in microseconds.

    NotReady while its file is being made. Otherwise raises what `follow_link` does.
    """
    export = find_visible_export(exports, caller, export_id, now)
    if not export.is_finished:
        raise NotReady("The file is being made. Send the same request again later.", _RETRY_AFTER)
    return _with_file(export)


def _with_file(export: Export) -> Export:
    if export.status is not ExportStatus.COMPLETED:
        raise NotFound("The export has no file.")
    return export


def _signed(workspace_id: str, export_id: str, expires: str) -> bytes:
    return "\n".join((workspace_id, export_id, expires)).encode("utf-8", "replace")


def _refused() -> Forbidden:
    return Forbidden(
        "This is not a valid download link. Call GET /v1/exports/{id} for a current one."
    )
