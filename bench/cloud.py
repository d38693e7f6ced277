"""AWS in memory: what covering and proving call, answered at once, and counted.

It has the table, both buckets, the queue of growth notes and the key of KMS. It answers at the
client's methods or at botocore's HTTP session, as `bench/aws.py` explains.
"""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .aws import STATE_BUCKET
from .store import Store

_ERROR = '<?xml version="1.0"?><Error><Code>{}</Code></Error>'


class _Refused(Exception):
    """An error of S3."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class _Body(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass(slots=True)
class Cloud:
    """What is stored, and counts of the calls by their names since `forget`.

    `sent` and `received` are bytes of bodies over HTTP, as the function sees them.
    """

    table: Store = field(default_factory=Store)
    objects: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    calls: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    received: int = 0
    _lock: Lock = field(default_factory=Lock)
    _notes_sent: int = 0
    _hidden: set[str] = field(default_factory=set)

    def forget(self) -> None:
        """Set all counts to zero."""
        self.table.forget()
        self.table.write_units = 0
        self.calls, self.sent, self.received = Counter(), 0, 0

    def send_note(self, note: bytes) -> None:
        """A growth note, as the indexer sends it. It is not counted."""
        self._notes_sent += 1
        self.notes[f"r{self._notes_sent}"] = note.decode()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer every client method, which leaves botocore out."""

        def answer(_: BaseClient, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            with self._lock:
                try:
                    found = self._answer(operation, parameters)
                except _Refused as error:
                    raise ClientError({"Error": {"Code": error.code}}, operation) from None
            return {**found, "Body": _Body(found["Body"])} if "Body" in found else found

        with patch.object(BaseClient, "_make_api_call", answer):
            yield

    @contextmanager
    def answering_http(self) -> Iterator[None]:
        """Answer every HTTP request of botocore."""

        def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            body, target = _body_of(request), _text(request.headers.get("X-Amz-Target", ""))
            with self._lock:
                status, headers, answer = (
                    self._answer_json(target, body) if target else self._answer_s3(request, body)
                )
                self.sent += len(body)
                self.received += len(answer)
            headers["Content-Length"] = str(len(answer))
            return AWSResponse(request.url, status, _headers(headers), _Body(answer))

        with patch.object(URLLib3Session, "send", send):
            yield

    def _answer_json(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body."""
        parameters = json.loads(body, object_hook=_with_bytes)
        answer = self._answer(target.rpartition(".")[2], parameters)
        return 200, {}, msgspec.json.encode(answer)

    def _answer_s3(
        self, request: AWSPreparedRequest, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body."""
        address = urlsplit(request.url)
        parameters = {"Bucket": address.netloc.partition(".")[0], "Key": address.path[1:]}
        if versions := parse_qs(address.query).get("versionId"):
            parameters["VersionId"] = versions[0]
        is_put = request.method == "PUT"
        try:
            found = self._answer(
                "PutObject" if is_put else "GetObject", {**parameters, "Body": body}
            )
        except _Refused as error:
            return error.status, {}, _ERROR.format(error.code).encode()
        return 200, {"x-amz-version-id": found.get("VersionId", "v")}, found.get("Body", b"")

    def _answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The answer to one call. Raises _Refused."""
        self.calls[operation] += 1
        match operation:
            case "GetObject":
                return {"Body": self._read_object(parameters)}
            case "PutObject":
                return self._put_object(parameters)
            case "ReceiveMessage":
                names = [each for each in self.notes if each not in self._hidden]
                names = names[: parameters["MaxNumberOfMessages"]]
                self._hidden.update(names)
                return {"Messages": [self._message(each) for each in names]}
            case "DeleteMessageBatch":
                for each in parameters["Entries"]:
                    self.notes.pop(each["ReceiptHandle"])
                return {"Successful": [], "Failed": []}
            case "Sign" | "GetPublicKey":
                return self._answer_kms(operation, parameters)
        return self.table.answer(operation, parameters)

    def _message(self, name: str) -> dict[str, Any]:
        """A growth note. When it was sent does not matter here: every run covers all growth."""
        attributes = {"SentTimestamp": "0"}
        return {"ReceiptHandle": name, "Body": self.notes[name], "Attributes": attributes}

    def _answer_kms(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if operation == "Sign":
            return {"Signature": self.key.sign(_bytes(parameters["Message"]))}
        public = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        kind = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
        return {"PublicKey": public, **kind}

    def _read_object(self, parameters: dict[str, Any]) -> bytes:
        if parameters["Bucket"] == STATE_BUCKET:
            return self.states[parameters["VersionId"]]
        found = self.objects.get(parameters["Key"])
        if found is None:
            raise _Refused(404, "NoSuchKey")
        return found

    def _put_object(self, parameters: dict[str, Any]) -> dict[str, Any]:
        key, body = parameters["Key"], parameters["Body"]
        if parameters["Bucket"] == STATE_BUCKET:
            version = f"v{len(self.states) + 1}"
            self.states[version] = body
            return {"VersionId": version}
        if key in self.objects:
            raise _Refused(412, "PreconditionFailed")
        self.objects[key] = body
        return {}


def _bytes(value: str | bytes) -> bytes:
    """A binary parameter of KMS, which is in base64 on the wire."""
    return b64decode(value) if isinstance(value, str) else value


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Binary attributes of DynamoDB as bytes, as the table holds them."""
    if len(value) == 1 and isinstance(content := value.get("B"), str):
        return {"B": b64decode(content)}
    return value


def _body_of(request: AWSPreparedRequest) -> bytes:
    body: Any = request.body or b""
    return body.read() if hasattr(body, "read") else bytes(body)


def _text(header: Any) -> str:
    """botocore sets some headers as text and some as bytes."""
    return header.decode() if isinstance(header, bytes) else str(header)


def _headers(names: dict[str, str]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in names.items():
        headers[name] = value
    return headers
