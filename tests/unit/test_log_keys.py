"""The log's keys: each with the size from which on it signs, kept for some minutes."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from indelible.checkpoints.object_keys import signing_key_key
from indelible.errors import DamagedItem
from indelible.proving.log_keys import KEPT_SECONDS, LogKeys, WitnessKeys
from indelible.tlog.keys import VerifierKey
from support.builders import NOON, SECOND, WORKSPACE
from support.deployment import Deployment
from support.memory_log import MemoryBucket, MemorySigner
from support.notes import FIRST, LOG, Signer

OLD, NEW = LOG, Signer(LOG.name, "the second key")


def test_there_are_the_keys_that_runs_have_signed_with_the_oldest_first() -> None:
    deployment = Deployment()
    for _ in range(3):
        deployment.grow(WORKSPACE, 5)
        deployment.run()
    deployment.signers = [MemorySigner(private=NEW), *deployment.signers]
    deployment.run()
    keys = LogKeys(deployment.bucket).get(deployment.now)
    assert [(each.key, each.first_size) for each in keys] == [(OLD.key, 1), (NEW.key, 5)]


def test_the_order_is_that_of_their_sizes() -> None:
    bucket = MemoryBucket()
    for key, size in ((OLD.key, 5), (NEW.key, 1), (Signer(LOG.name, "third").key, 9)):
        bucket.objects[signing_key_key(key)] = f"{key.text}\n{size}\n".encode()
    assert [each.first_size for each in LogKeys(bucket).get(NOON)] == [1, 5, 9]


def test_keys_are_read_again_after_some_minutes() -> None:
    bucket = MemoryBucket()
    keys = LogKeys(bucket)
    assert keys.get(NOON) == []
    bucket.objects[signing_key_key(OLD.key)] = f"{OLD.key.text}\n1\n".encode()
    assert len(keys.get(NOON)) == 1
    bucket.objects[signing_key_key(NEW.key)] = f"{NEW.key.text}\n5\n".encode()
    assert len(keys.get(NOON + KEPT_SECONDS * SECOND - 1)) == 1
    assert len(keys.get(NOON + KEPT_SECONDS * SECOND)) == 2


@dataclass
class Listed:
    """`proving.ports.Witnesses`."""

    known: list[VerifierKey] = field(default_factory=list)

    def keys(self) -> list[VerifierKey]:
        return [*self.known]


def test_the_keys_of_witnesses_are_read_again_after_some_minutes_even_if_there_was_none() -> None:
    listed = Listed()
    keys = WitnessKeys(listed)
    assert keys.get(NOON) == []
    listed.known.append(FIRST.witness_key)
    assert keys.get(NOON + KEPT_SECONDS * SECOND - 1) == []
    assert keys.get(NOON + KEPT_SECONDS * SECOND) == [FIRST.witness_key]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "x\n1\n",
        f"{OLD.key.text}\n",
        f"{OLD.key.text}\n1",
        f"{OLD.key.text}\n01\n",
        f"{OLD.key.text}\n1\n\n",
        f"{NEW.key.text}\n1\n",
    ],
)
def test_an_object_that_is_no_key_or_another_one_is_damaged(content: str) -> None:
    bucket = MemoryBucket()
    bucket.objects[signing_key_key(OLD.key)] = content.encode()
    with pytest.raises(DamagedItem, match="key/"):
        LogKeys(bucket).get(NOON)
