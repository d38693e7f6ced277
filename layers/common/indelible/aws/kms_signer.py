"""A key of KMS that signs the log. Its private half never leaves the HSMs of KMS."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import MissingSettings
from ..tlog.keys import NOTES, PUBLIC_KEY_BYTES, VerifierKey
from .clients import unavailable_on_failure

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

_KEY_SPEC, _KEY_USAGE = "ECC_NIST_EDWARDS25519", "SIGN_VERIFY"

_DER = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo: RFC 8410, 10.1."""


class KMSSigner:
    """Implements `covering.ports.Signer`. The name of the key is the origin of the log."""

    def __init__(self, client: KMSClient, arn: str, origin: str) -> None:
        self._client = client
        self._arn = arn
        self._origin = origin

    @cached_property
    def key(self) -> VerifierKey:
        """The key with which the signatures are verified. It is fetched once.

        Raises MissingSettings when it is no Ed25519 key that signs, and Unavailable.
        """
        with unavailable_on_failure("KMS"):
            answer = self._client.get_public_key(KeyId=self._arn)
        kind = answer.get("KeySpec"), answer.get("KeyUsage")
        encoded = bytes(answer["PublicKey"])
        public_key = encoded.removeprefix(_DER)
        if (
            kind != (_KEY_SPEC, _KEY_USAGE)
            or not encoded.startswith(_DER)
            or len(public_key) != PUBLIC_KEY_BYTES
        ):
            raise MissingSettings(
                f"{self._arn} cannot sign the log. It is {kind[0]} for {kind[1]}, and must be"
                f" {_KEY_SPEC} for {_KEY_USAGE}."
            )
        return VerifierKey(self._origin, NOTES, public_key)

    def sign(self, text: bytes) -> bytes:
        """The Ed25519 signature of a text of at most 4,096 bytes.

        KMS hashes the text itself (`RAW`), as RFC 8032 has it for Ed25519.
        https://docs.aws.amazon.com/kms/latest/developerguide/offline-verification.html
        """
        with unavailable_on_failure("KMS"):
            answer = self._client.sign(
                KeyId=self._arn,
                Message=text,
                MessageType="RAW",
                SigningAlgorithm="ED25519_SHA_512",
            )
        return bytes(answer["Signature"])
