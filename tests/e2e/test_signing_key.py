"""The key of the log signs what the checkpoint function has read, and for nobody else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from e2e.assumed_role import arn_of, session_of_role
from e2e.role_probe import Call, is_refused

from tools.local import emulator
from tools.local.aws import root_session
from tools.local.role_functions import function_with_role
from tools.local.stack import Stack

Roles = dict[str, Call]

TEXT = "audit.example.com/log\n1\nb2xkIHJvb3Q=\n"
ED25519 = {"SigningAlgorithm": "ED25519_SHA_512", "MessageType": "RAW"}

SIGN = """
import base64
from botocore.session import get_session

def handler(event, context):
    answer = get_session().create_client("kms").sign(**event)
    return base64.b64encode(answer["Signature"]).decode()
"""


def request(stack: Stack, **others: str) -> dict[str, str]:
    return {"KeyId": stack.signing_key_arn, "Message": TEXT, **ED25519, **others}


@pytest.fixture(scope="module")
def kms(stack: Stack) -> Any:
    client: Any = root_session().client("kms", endpoint_url=stack.endpoint_url)
    return client


def public_key(stack: Stack, kms: Any) -> Ed25519PublicKey:
    found = load_der_public_key(kms.get_public_key(KeyId=stack.signing_key_arn)["PublicKey"])
    assert isinstance(found, Ed25519PublicKey)
    return found


@pytest.fixture(scope="module")
def sign(stack: Stack) -> Iterator[Any]:
    """Signs with the role of the checkpoint function."""
    role = stack.roles["checkpoint"]
    with function_with_role(stack, role, "probe-signature", SIGN) as invoke:
        yield invoke


@pytest.mark.restarts
def test_a_signature_verifies_without_aws_also_after_a_restart(
    stack: Stack, kms: Any, sign: Any
) -> None:
    before = public_key(stack, kms)
    before.verify(base64.b64decode(sign(request(stack))), TEXT.encode())
    emulator.restart()
    signature = base64.b64decode(sign(request(stack)))
    before.verify(signature, TEXT.encode())
    with pytest.raises(InvalidSignature):
        before.verify(signature, TEXT.replace("1", "2").encode())


def test_no_other_function_signs(stack: Stack, roles: Roles) -> None:
    answers = {name: call("kms", "sign", request(stack)) for name, call in roles.items()}
    assert answers.pop("checkpoint") == "allowed"
    assert all(map(is_refused, answers.values())), answers


def test_nobody_signs_a_digest_whose_text_is_unknown(stack: Stack, roles: Roles) -> None:
    """A digest has 64 bytes. The role's policy and the key's refuse it before KMS looks at it."""
    digest = request(stack, MessageType="DIGEST", SigningAlgorithm="ED25519_PH_SHA_512")
    assert is_refused(roles["checkpoint"]("kms", "sign", digest))
    other = request(stack, SigningAlgorithm="ED25519_PH_SHA_512")
    assert is_refused(roles["checkpoint"]("kms", "sign", other))


def test_an_administrator_cannot_sign_although_iam_allows_it(stack: Stack) -> None:
    may_do_anything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    with session_of_role(stack, "administers-keys", may_do_anything) as session:
        client: Any = session.client("kms", endpoint_url=stack.endpoint_url)
        assert client.describe_key(KeyId=stack.signing_key_arn)
        for use in ("sign", "create_grant"):
            arguments = request(stack) if use == "sign" else grant(stack)
            with pytest.raises(client.exceptions.ClientError) as refused:
                getattr(client, use)(**arguments)
            assert is_refused(refused.value.response["Error"]["Code"]), use


def grant(stack: Stack) -> dict[str, Any]:
    return {
        "KeyId": stack.signing_key_arn,
        "GranteePrincipal": arn_of("administers-keys"),
        "Operations": ["Sign"],
    }


def test_the_key_has_a_name(stack: Stack, kms: Any) -> None:
    found = kms.describe_key(KeyId="alias/indelible-log")["KeyMetadata"]
    assert found["Arn"] == stack.signing_key_arn
    assert (found["KeySpec"], found["KeyUsage"]) == ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
