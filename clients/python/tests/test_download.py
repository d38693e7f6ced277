"""The file of an export, and who sees the API key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Callable

import httpx
import pytest
from support_client import EXPORT_ID, KEY, Setup, refusal

from indelible_client import BrokenConnection, IndelibleError, NotReady, Unavailable

FILE = "https://exports.s3.amazonaws.com/a.ndjson.gz?X-Amz-Signature=5f0c"
CONTENT = b"\x1f\x8b" + bytes(range(256)) * 400


class CutStream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A part of a file, then a broken connection."""

    def __init__(self, part: bytes) -> None:
        self.part = part

    def __iter__(self) -> Iterator[bytes]:
        yield self.part
        raise httpx.ReadError("reset")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for each in self:
            yield each


def storage(
    file: Callable[[], httpx.Response], seen: list[httpx.Request]
) -> Callable[[httpx.Request], httpx.Response]:
    """The API, which redirects, and the storage."""

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "audit.example.com":
            return httpx.Response(302, headers={"Location": FILE})
        return file()

    return handler


def test_a_file_is_downloaded_without_showing_the_key_to_its_storage(
    setup: Setup, tmp_path: Path
) -> None:
    seen: list[httpx.Request] = []
    whole = storage(lambda: httpx.Response(200, content=CONTENT), seen)
    client, _ = setup.client(handler=whole)
    path = tmp_path / "a.ndjson.gz"
    assert client.download_export(EXPORT_ID, path) == len(CONTENT)
    assert path.read_bytes() == CONTENT
    api, s3 = seen
    assert api.url.path == f"/api/v1/exports/{EXPORT_ID}/download"
    assert api.headers["Authorization"] == f"Bearer {KEY}"
    assert str(s3.url) == FILE
    assert KEY not in repr(s3.headers.raw)


def test_a_file_is_streamed(setup: Setup) -> None:
    client, _ = setup.client(handler=storage(lambda: httpx.Response(200, content=CONTENT), []))
    assert b"".join(client.stream_export(EXPORT_ID)) == CONTENT


def test_a_file_that_is_being_made_says_when_to_ask_again(setup: Setup, tmp_path: Path) -> None:
    client, server = setup.client(refusal(409, "not_ready", retry_after="5"))
    with pytest.raises(NotReady) as caught:
        client.download_export(EXPORT_ID, tmp_path / "a.csv")
    assert caught.value.retry_after == 5.0
    assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_download_goes_on_where_the_connection_broke(setup: Setup, tmp_path: Path) -> None:
    seen: list[httpx.Request] = []
    answers = [
        httpx.Response(200, stream=CutStream(CONTENT[:50_000])),
        httpx.Response(503),
        httpx.Response(206, stream=CutStream(CONTENT[50_000:80_000])),
        httpx.Response(206, content=CONTENT[80_000:]),
    ]
    client, _ = setup.client(handler=storage(lambda: answers.pop(0), seen))
    path = tmp_path / "a.ndjson.gz"
    assert client.download_export(EXPORT_ID, path) == len(CONTENT)
    assert path.read_bytes() == CONTENT
    ranges = [each.headers.get("Range") for each in seen if each.url.host != "audit.example.com"]
    assert ranges == [None, "bytes=50000-", "bytes=50000-", "bytes=80000-"]
    assert len(seen) == 8, "the URL of the file is requested anew, because it expires"


def test_a_storage_that_begins_again_instead_of_going_on_is_an_error(
    setup: Setup, tmp_path: Path
) -> None:
    answers = [httpx.Response(200, stream=CutStream(b"ab")), httpx.Response(200, content=b"abc")]
    client, _ = setup.client(handler=storage(lambda: answers.pop(0), []))
    with pytest.raises(IndelibleError, match="does not send the file"):
        client.download_export(EXPORT_ID, tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_leaves_no_file_and_keeps_the_one_before(
    setup: Setup, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"the file of yesterday")
    broken = storage(lambda: httpx.Response(200, stream=CutStream(CONTENT[:50_000])), [])
    client, _ = setup.client(handler=broken, retry_for=0)
    with pytest.raises(BrokenConnection):
        client.download_export(EXPORT_ID, path)
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_bytes() == b"the file of yesterday"


@pytest.mark.parametrize(("status", "kind"), [(403, IndelibleError), (503, Unavailable)])
def test_a_refusal_by_the_storage_is_an_error(
    setup: Setup, tmp_path: Path, status: int, kind: type[IndelibleError]
) -> None:
    refusing = storage(lambda: httpx.Response(status, content=b"<Error/>"), [])
    client, _ = setup.client(handler=refusing, retry_for=0)
    with pytest.raises(kind) as caught:
        client.download_export(EXPORT_ID, tmp_path / "a.csv")
    assert type(caught.value) is kind
    assert caught.value.status_code == status
    assert list(tmp_path.iterdir()) == []
