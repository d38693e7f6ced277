"""The key of KMS: only an Ed25519 key signs the log, and its signatures verify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from indelible.aws.clients import kms_client
from indelible.aws.kms_signer import KMSSigner
from indelible.errors import MissingSettings, Unavailable
from indelible.tlog.note import Note, NoteSignature, is_signed_by
from support.aws_faults import TIMEOUT, answering
from support.kms import KMSKey

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

ARN = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ORIGIN = "audit.example.com/log"
TEXT = f"{ORIGIN}\n1\n3WCViqVp4Hypv3udsoskzrtMs4eKgwsTDNISNVU44Dk=\n".encode()


@pytest.fixture(scope="module")
def client(moto: None) -> KMSClient:
    return kms_client()


def test_a_signature_is_one_of_the_key_under_the_logs_name(client: KMSClient) -> None:
    kms = KMSKey()
    signer = KMSSigner(client, ARN, ORIGIN)
    with kms.behind(client):
        made = NoteSignature(signer.key.name, signer.key.key_id, signer.sign(TEXT))
    assert signer.key.name == ORIGIN
    assert signer.key.public_key == kms.private.public_key().public_bytes_raw()
    assert is_signed_by(Note(TEXT, (made,)), signer.key)


def test_kms_signs_the_text_itself_and_gives_the_key_once(client: KMSClient) -> None:
    kms = KMSKey()
    signer = KMSSigner(client, ARN, ORIGIN)
    with kms.behind(client):
        for _ in range(3):
            assert signer.key
        signer.sign(TEXT)
    assert kms.calls == [
        {"KeyId": ARN},
        {
            "KeyId": ARN,
            "Message": TEXT,
            "MessageType": "RAW",
            "SigningAlgorithm": "ED25519_SHA_512",
        },
    ]


P256 = generate_private_key(SECP256R1()).public_key()
OTHER_KEYS = {
    "an elliptic curve of NIST": KMSKey(
        spec="ECC_NIST_P256",
        public=P256.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ),
    "a key for agreements": KMSKey(usage="KEY_AGREEMENT"),
    "another kind in the answer": KMSKey(spec="ECC_NIST_P256"),
    "a key cut off": KMSKey(public=KMSKey().public[:-1]),
    "a key with more": KMSKey(public=KMSKey().public + b"x"),
    "32 bytes alone": KMSKey(public=KMSKey().public[-32:]),
    "another curve of this length": KMSKey(
        public=KMSKey().public.replace(bytes.fromhex("2b6570"), bytes.fromhex("2b656e"), 1)
    ),
}


@pytest.mark.parametrize("kind", OTHER_KEYS)
def test_another_kind_of_key_is_refused(client: KMSClient, kind: str) -> None:
    with OTHER_KEYS[kind].behind(client), pytest.raises(MissingSettings, match="cannot sign"):
        assert KMSSigner(client, ARN, ORIGIN).key


@pytest.mark.parametrize(
    "code", ["DisabledException", "KMSInvalidStateException", "ThrottlingException", TIMEOUT]
)
def test_a_failure_of_kms_is_passed_on_and_tried_again(client: KMSClient, code: str) -> None:
    signer = KMSSigner(client, ARN, ORIGIN)
    with answering(client, "GetPublicKey", code), pytest.raises(Unavailable, match="KMS"):
        assert signer.key
    with answering(client, "Sign", code), pytest.raises(Unavailable, match="KMS"):
        signer.sign(TEXT)
    with KMSKey().behind(client):
        assert signer.key
