"""KMS with an Ed25519 key, which moto does not have: answers to the calls of a real client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.aws_faults import event_name, hooked


@dataclass
class KMSKey:
    """A key, and what KMS says of it. `calls` has the parameters of every call."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    spec: str = "ECC_NIST_EDWARDS25519"
    usage: str = "SIGN_VERIFY"
    public: bytes = b""
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.public = self.public or self.private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )

    @contextmanager
    def behind(self, client: Any) -> Iterator[None]:
        """Answer the calls of this client."""
        with ExitStack() as hooks:
            for operation in ("GetPublicKey", "Sign"):
                name = event_name("provide-client-params", client, operation)
                hooks.enter_context(hooked(client, name, self._note))
                name = event_name("before-call", client, operation)
                hooks.enter_context(hooked(client, name, self._answer))
            yield

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.calls.append(params)

    def _answer(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        if model.name == "Sign":
            content: dict[str, Any] = {"Signature": self.private.sign(self.calls[-1]["Message"])}
        else:
            content = {"PublicKey": self.public, "KeySpec": self.spec, "KeyUsage": self.usage}
        answered: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": 200}, **content}
        return AWSResponse("https://example.com", 200, HTTPHeaders(), None), answered
