"""The keys of a log: a new one signs from the run on that logs it, beside the old one."""

from __future__ import annotations

import pytest
from indelible.checkpoints.entries import KeyEntry
from indelible.errors import Contradiction, Unavailable
from indelible.tlog.note import is_signed_by
from support.deployment import HOUR, ORIGIN, Deployment
from support.memory_log import MemorySigner
from support.notes import LOG, Signer

NEW = Signer(ORIGIN, "the next key")


def signed_by(log: Deployment) -> list[list[str]]:
    """Who signed each run."""
    keys = {"old": LOG.key, "new": NEW.key}
    return [
        [name for name, key in keys.items() if is_signed_by(each.note, key)] for each in log.runs
    ]


def test_a_new_key_is_logged_under_the_old_one_and_both_sign_until_the_old_one_goes() -> None:
    log = Deployment()
    log.run()
    new, [old] = MemorySigner(private=NEW), log.signers
    log.signers = [new, old]
    log.run()
    [entry] = log.runs[1].entries_before
    assert entry == KeyEntry(log.runs[1].run_entry.time, NEW.key)
    place = f"key/{NEW.key.key_id.hex()}"
    assert log.bucket.objects[place] == f"{NEW.key.text}\n3\n".encode()
    log.grow("ws_a", 1)
    log.run()
    log.signers = [new]
    log.grow("ws_a", 1)
    log.run()
    assert signed_by(log) == [["old"], ["old", "new"], ["old", "new"], ["new"]]
    assert [len(each.entries) for each in log.runs] == [1, 2, 1, 1]
    log.signers = [new, old]
    log.assert_sound()


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_new_key_whose_run_is_interrupted_is_logged_once(fault: str) -> None:
    log = Deployment()
    log.run()
    log.signers = [MemorySigner(private=NEW), *log.signers]
    log.signers[0].faults.plan("signer.sign", fault)
    with pytest.raises(Unavailable):
        log.run()
    log.run()
    assert signed_by(log) == [["old"], ["old", "new"]]
    log.assert_sound()


def test_a_key_that_nobody_has_vouched_for_does_not_sign_alone() -> None:
    log = Deployment()
    log.run()
    log.signers = [MemorySigner(private=NEW)]
    with pytest.raises(Contradiction, match="none of this deployment's keys"):
        log.run()
    assert len(log.runs) == 1
    assert log.signed == []


def test_both_keys_of_the_first_run_sign() -> None:
    log = Deployment(signers=[MemorySigner(), MemorySigner(private=NEW)])
    log.run()
    assert signed_by(log) == [["old", "new"]]
    assert len(log.runs[0].entries) == 1
    assert log.bucket.objects["origin"] == f"{ORIGIN}\n{LOG.key.text}\n".encode()
    log.assert_sound()


PLACE = f"key/{NEW.key.key_id.hex()}"


def with_the_new_key(log: Deployment) -> Deployment:
    log.signers = [MemorySigner(private=NEW), *log.signers[-1:]]
    return log


def test_a_key_has_no_object_before_the_run_that_logs_it_is_published() -> None:
    """Its run may be lost with the table. Then no entry names the key, and it must not sign."""
    log = Deployment()
    log.run()
    earlier = log.turns.turn
    with_the_new_key(log).signers[0].faults.plan("signer.sign", "after")
    with pytest.raises(Unavailable):
        log.run()
    assert PLACE not in log.bucket.objects
    log.turns.turn = earlier  # the table is restored
    new, old = log.signers
    log.signers = [old]
    log.run(HOUR)
    assert PLACE not in log.bucket.objects
    log.signers = [new, old]
    log.run(HOUR)
    assert signed_by(log) == [["old"], ["old"], ["old", "new"]]
    assert [len(each.entries) for each in log.runs] == [1, 1, 2]
    assert log.bucket.objects[PLACE] == f"{NEW.key.text}\n4\n".encode()
    log.signers = [old]  # what the new one signed first is the one case that is left over
    log.assert_sound()


@pytest.mark.parametrize("fault", ["before", "after"])
def test_the_next_run_puts_the_object_that_its_run_could_not_put(fault: str) -> None:
    log = Deployment()
    log.run()
    with_the_new_key(log)
    log.bucket.faults.plan("bucket.put_new", None, fault)
    with pytest.raises(Unavailable):
        log.run()
    assert len(log.runs) == 2
    log.grow("ws_a", 1)
    log.run()
    assert signed_by(log) == [["old"], ["old", "new"], ["old", "new"]]
    assert [len(each.entries) for each in log.runs] == [1, 2, 1], "it is logged once"
    assert log.bucket.objects[PLACE] == f"{NEW.key.text}\n3\n".encode()
    log.assert_sound()


def test_the_next_run_puts_the_object_though_it_does_not_have_the_key() -> None:
    log = Deployment()
    log.run()
    with_the_new_key(log)
    log.bucket.faults.plan("bucket.put_new", None, "before")
    with pytest.raises(Unavailable):
        log.run()
    new, old = log.signers
    log.signers = [old]
    log.run()
    assert log.bucket.objects[PLACE] == f"{NEW.key.text}\n3\n".encode()
    log.signers = [new, old]
    log.grow("ws_a", 1)
    log.run()
    assert [len(each.entries) for each in log.runs] == [1, 2, 1]
    log.assert_sound()


def test_the_first_key_has_its_object_after_a_first_run_that_stopped() -> None:
    log = Deployment()
    log.bucket.faults.plan("bucket.put_new", None, None, "before")
    with pytest.raises(Unavailable):
        log.run()
    place = f"key/{LOG.key.key_id.hex()}"
    assert place not in log.bucket.objects
    assert log.run().published is None
    assert log.bucket.objects[place] == f"{LOG.key.text}\n1\n".encode()
    log.assert_sound()
