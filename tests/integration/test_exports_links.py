"""Links to files of exports over HTTP: what they open, and when they end."""

from __future__ import annotations

import hmac
import os
from hashlib import sha256
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pytest
from indelible.aws.clients import secretsmanager_client
from indelible.aws.signing_secret import SigningSecret
from integration.export_pipeline import ExportPipeline
from support.builders import DAY, SECOND
from support.pipeline import Caller, now

NOBODYS = "019584a1-7c2e-7b3a-9d41-5f0c8e6a2b17"


def test_a_link_needs_no_key_and_leads_to_s3_for_a_quarter_of_an_hour(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.finished(reader)
    link = export_pipeline.link(reader, export_id)
    prefix = f"https://audit.example.com/api/v1/exports/{export_id}/download?"
    assert link.startswith(prefix + f"workspace={reader.workspace_id}&")
    answer = export_pipeline.follow(link)
    [location] = answer.headers["location"]
    assert answer.status == 302
    assert answer.headers["cache-control"] == ["no-store"]
    assert f"/{reader.workspace_id}/{export_id}.csv?" in location
    assert "X-Amz-Expires=900" in location
    assert f"filename%3D%22indelible-{export_id}.csv%22" in location


def method_signed_for(location: str) -> str:
    """The method for which S3 accepts a presigned URL, after Signature Version 4.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    parts = urlsplit(location)
    query, _, signature = parts.query.partition("&X-Amz-Signature=")
    fields = dict(parse_qsl(query))
    _, *scope = fields["X-Amz-Credential"].split("/")
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for each in scope:
        key = hmac.digest(key, each.encode(), "sha256")
    sorted_query = "&".join(sorted(query.split("&")))
    for method in ("GET", "HEAD"):
        host = f"host:{parts.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
        request = f"{method}\n{parts.path}\n{sorted_query}\n{host}"
        hashed = sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{fields['X-Amz-Date']}\n{'/'.join(scope)}\n{hashed}"
        if hmac.digest(key, text.encode(), "sha256").hex() == signature:
            return method
    raise AssertionError(location)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_leads_to_a_url_that_is_signed_for_the_method(
    export_pipeline: ExportPipeline, reader: Caller, method: str
) -> None:
    """A URL signed for GET would be a 403 of S3 to those who ask for its size with HEAD."""
    export_id = export_pipeline.finished(reader)
    path = f"/v1/exports/{export_id}/download"
    with_key = export_pipeline.send(reader, method, path)
    query = parse_qsl(urlsplit(export_pipeline.link(reader, export_id)).query)
    with_link = export_pipeline.send(None, method, path, query=query)
    for answer in (with_key, with_link):
        [location] = answer.headers["location"]
        assert (answer.status, method_signed_for(location)) == (302, method)


def test_a_forged_link_is_refused(export_pipeline: ExportPipeline, reader: Caller) -> None:
    stranger = export_pipeline.new_caller(events=3)
    ids = {each: export_pipeline.start(each) for each in (reader, stranger)}
    export_pipeline.finish()
    parts = urlsplit(export_pipeline.link(stranger, ids[stranger]))
    for path, query in (
        (parts.path.replace(ids[stranger], ids[reader]), parts.query),
        (parts.path, parts.query.replace(stranger.workspace_id, reader.workspace_id)),
        (parts.path, parts.query.replace("expires=1", "expires=2")),
        (parts.path, parts.query[:-2] + "AA"),
        (parts.path, parts.query + "&workspace=" + reader.workspace_id),
        (parts.path, ""),
    ):
        answer = export_pipeline.follow(urlunsplit(parts._replace(path=path, query=query)))
        assert answer.status in (401, 403, 422)
        assert "location" not in answer.headers


def test_a_link_and_its_export_end_after_seven_days(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    export_id = export_pipeline.finished(reader)
    link = export_pipeline.link(reader, export_id)
    late, early = now() + 7 * DAY + 2 * SECOND, now() + 7 * DAY - 60 * SECOND
    assert export_pipeline.follow(link, at=early).status == 302
    answer = export_pipeline.follow(link, at=late)
    assert (answer.status, answer.json["error"]) == (410, "expired")
    assert export_pipeline.get(reader, export_id, at=early).status == 200
    expired = export_pipeline.get(reader, export_id, at=late)
    assert (expired.status, expired.json["error"]) == (410, "expired")


def test_only_its_own_workspace_learns_that_an_export_has_expired(
    export_pipeline: ExportPipeline, reader: Caller
) -> None:
    stranger = export_pipeline.new_caller(events=3)
    export_id = export_pipeline.finished(reader)
    late = now() + 8 * DAY
    assert export_pipeline.get(reader, export_id, at=late).status == 410
    unknown = export_pipeline.get(stranger, NOBODYS, at=late)
    assert unknown.status == 404
    assert export_pipeline.get(stranger, export_id, at=late) == unknown


def test_without_the_signing_secret_there_is_no_link(
    export_pipeline: ExportPipeline, reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = export_pipeline.finished(reader)
    gone = f"{export_pipeline.exports.settings.signing_secret_arn}-gone"
    unreachable = SigningSecret(secretsmanager_client(), gone)
    monkeypatch.setattr(export_pipeline.exports, "secret", unreachable)
    assert export_pipeline.get(reader, export_id).status == 503
