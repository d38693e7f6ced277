"""AWS in memory behind botocore's HTTP session: what covering and proving call, counted.

It has the table, both buckets, the queue of growth notes and the key of KMS. botocore serialises,
signs and parses as ever. The network, and the time that AWS takes, are left out.
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
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .aws import LOCKED_BUCKET, STATE_BUCKET
from .store import Store

_ERROR = '<?xml version="1.0"?><Error><Code>{}</Code></Error>'


class _Body(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass(slots=True)
class Cloud:
    """What is stored, and counts of the calls by their names since `forget`.

    `sent` and `received` are bytes of bodies, as the function sees them.
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
        """Answer all requests of botocore."""

        def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            body = request.body or b""
            body = body if isinstance(body, bytes) else body.read()
            target = request.headers.get("X-Amz-Target", "")
            target = target.decode() if isinstance(target, bytes) else target
            with self._lock:
                if target:
                    status, headers, answer = 200, {}, self._answer(target, body)
                else:
                    status, headers, answer = self._answer_s3(request, body)
                self.sent += len(body)
                self.received += len(answer)
            headers["Content-Length"] = str(len(answer))
            return AWSResponse(request.url, status, _headers(headers), _Body(answer))

        with patch.object(URLLib3Session, "send", send):
            yield

    def _answer(self, target: str, body: bytes) -> bytes:
        service, _, operation = target.rpartition(".")
        self.calls[operation] += 1
        parameters = json.loads(body, object_hook=_with_bytes)
        if service.startswith("DynamoDB"):
            return msgspec.json.encode(self.table.answer(operation, parameters))
        match operation:
            case "ReceiveMessage":
                names = [each for each in self.notes if each not in self._hidden]
                names = names[: parameters["MaxNumberOfMessages"]]
                self._hidden.update(names)
                messages = [{"ReceiptHandle": each, "Body": self.notes[each]} for each in names]
                return msgspec.json.encode({"Messages": messages})
            case "DeleteMessageBatch":
                for each in parameters["Entries"]:
                    self.notes.pop(each["ReceiptHandle"])
                return b'{"Successful":[],"Failed":[]}'
            case "Sign":
                signed = self.key.sign(b64decode(parameters["Message"]))
                return msgspec.json.encode({"Signature": signed})
            case "GetPublicKey":
                public = self.key.public_key().public_bytes(
                    Encoding.DER, PublicFormat.SubjectPublicKeyInfo
                )
                kind = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
                return msgspec.json.encode({"PublicKey": public, **kind})
        raise ValueError(f"the bench has no answer for {operation}")

    def _answer_s3(
        self, request: AWSPreparedRequest, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """The status, the headers and the body."""
        address = urlsplit(request.url)
        bucket, key = address.netloc.partition(".")[0], address.path[1:]
        self.calls["GetObject" if request.method == "GET" else "PutObject"] += 1
        if bucket == STATE_BUCKET:
            if request.method == "PUT":
                version = f"v{len(self.states) + 1}"
                self.states[version] = body
                return 200, {"x-amz-version-id": version}, b""
            [version] = parse_qs(address.query)["versionId"]
            return 200, {}, self.states[version]
        if bucket != LOCKED_BUCKET:
            raise ValueError(f"the bench has no bucket {bucket}")
        found = self.objects.get(key)
        if request.method == "GET":
            if found is None:
                return 404, {}, _ERROR.format("NoSuchKey").encode()
            return 200, {}, found
        if found is not None:
            return 412, {}, _ERROR.format("PreconditionFailed").encode()
        self.objects[key] = body
        return 200, {}, b""


def _with_bytes(value: dict[str, Any]) -> dict[str, Any]:
    """Binary attributes of DynamoDB as bytes, as the table holds them."""
    if len(value) == 1 and isinstance(content := value.get("B"), str):
        return {"B": b64decode(content)}
    return value


def _headers(names: dict[str, str]) -> HTTPHeaders:
    headers = HTTPHeaders()
    for name, value in names.items():
        headers[name] = value
    return headers
