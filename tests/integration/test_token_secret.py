"""The secret of viewer tokens: a new version does not end tokens that still live."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from indelible.accounts.viewer_token import CLOCK_SECONDS
from indelible.aws.clients import secretsmanager_client
from indelible.aws.token_secret import TokenSecret
from indelible.errors import Unavailable
from indelible.identifiers import new_workspace_id
from support.aws_faults import TIMEOUT, answering, counting


@dataclass
class Clock:
    """Seconds since it was made."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Stored:
    """A secret in moto, and one process that reads it."""

    def __init__(self) -> None:
        self.client, self.clock = secretsmanager_client(), Clock()
        made = self.client.create_secret(Name=new_workspace_id(), SecretString="1" * 64)
        self.arn = made["ARN"]
        self.secret = self.another_process()

    def another_process(self) -> TokenSecret:
        return TokenSecret(self.client, self.arn, self.clock)

    def replace(self, text: str) -> None:
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)


@pytest.fixture
def stored(moto: None) -> Stored:
    return Stored()


def test_the_present_version_signs_and_is_found_by_its_id(stored: Stored) -> None:
    with counting(stored.client) as calls:
        present = stored.secret.present()
        assert stored.secret.find(present.id) == stored.secret.present() == present
    assert (present.secret, present.last_issued_at) == (b"1" * 64, None)
    assert calls == ["GetSecretValue", "GetSecretValue"]


def test_the_version_before_is_still_found_and_signs_nothing(stored: Stored) -> None:
    first = stored.secret.present()
    before = int(time.time())
    stored.replace("2" * 64)
    stored.clock.now += 900
    assert stored.secret.present().secret == b"2" * 64
    found = stored.secret.find(first.id)
    assert found
    assert (found.id, found.secret) == (first.id, first.secret)
    assert found.last_issued_at
    assert 0 <= found.last_issued_at - before - 900 - CLOCK_SECONDS <= 60


def test_the_version_before_that_is_gone(stored: Stored) -> None:
    first = stored.secret.present()
    stored.replace("2" * 64)
    stored.replace("3" * 64)
    stored.clock.now += 900
    assert stored.secret.find(first.id) is None


def test_a_token_that_another_process_has_signed_with_a_new_version_is_read(
    stored: Stored,
) -> None:
    stored.secret.present()
    stored.replace("2" * 64)
    new = stored.another_process().present()
    assert stored.secret.present().secret == b"1" * 64
    stored.clock.now += 10
    assert stored.secret.find(new.id) == new


def test_ids_that_nobody_has_made_are_looked_for_every_ten_seconds_at_most(
    stored: Stored,
) -> None:
    stored.secret.present()
    with counting(stored.client) as calls:
        for _ in range(20):
            assert stored.secret.find("forged") is None
            stored.clock.now += 1
    assert len(calls) == 2


@pytest.mark.parametrize("fault", [TIMEOUT, "AccessDeniedException", "ResourceNotFoundException"])
def test_a_secret_that_cannot_be_read_is_an_error(stored: Stored, fault: str) -> None:
    with answering(stored.client, "GetSecretValue", *[fault] * 3), pytest.raises(Unavailable):
        stored.secret.present()


def test_a_secret_that_is_no_text_is_an_error(moto: None) -> None:
    client = secretsmanager_client()
    arn = client.create_secret(Name=new_workspace_id(), SecretBinary=b"k" * 64)["ARN"]
    with pytest.raises(Unavailable):
        TokenSecret(client, arn).present()
