"""Endorsements: who signed a checkpoint, whether they are enough, and how old it is."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.endorsement import evaluate
from indelible.tlog.note import Note, NoteSignature, read_note
from indelible.tlog.policy import Policy, policy_of, read_policy
from support.notes import FIRST, LOG, SECOND, THIRD, Signer, signed_by_log
from support.published_notes import CT_LOG_KEY, CT_NOTE, CT_TIME, REMORA_KEY

CHECKPOINT = Checkpoint(LOG.name, 42, bytes(32))
TEXT = CHECKPOINT.text
WITNESSES = {"w1": FIRST, "w2": SECOND, "w3": THIRD}
OTHER_LOG = Signer("other.example/log")


def a_policy(rest: str, *logs: Signer) -> Policy:
    """A policy with the witnesses w1, w2 and w3, for LOG or these logs."""
    lines = [f"log {each.key.text}" for each in logs or (LOG,)]
    lines += [f"witness {name} {each.witness_key.text}" for name, each in WITNESSES.items()]
    return read_policy("\n".join([*lines, rest, ""]).encode())


def a_note(**times: int) -> Note:
    """A checkpoint of LOG, cosigned by these witnesses at these times."""
    return signed_by_log(
        TEXT, *(WITNESSES[name].cosign(TEXT, time) for name, time in times.items())
    )


def test_a_public_checkpoint_is_endorsed_by_a_public_witness() -> None:
    text = f"log {CT_LOG_KEY}\nwitness remora {REMORA_KEY}\nquorum remora\n"
    found = evaluate(read_policy(text.encode()), read_note(CT_NOTE))
    assert found.checkpoint.size == 1_432_088_532
    assert (found.is_quorum_met, found.quorum_time) == (True, CT_TIME)
    assert found.cosigned_at == {"remora": CT_TIME}


def test_a_log_without_witnesses_is_endorsed_by_its_own_signature_only() -> None:
    found = evaluate(policy_of(LOG.key), a_note(w1=100))
    assert (found.checkpoint, found.log) == (CHECKPOINT, LOG.key)
    assert (dict(found.cosigned_at), found.is_quorum_met, found.quorum_time) == ({}, True, None)


@pytest.mark.parametrize(
    ("times", "is_met"),
    [
        ({"w1": 1, "w2": 1, "w3": 1}, True),
        ({"w1": 1, "w3": 1}, True),
        ({"w1": 1}, False),
        ({"w2": 1, "w3": 1}, False),
        ({}, False),
    ],
)
def test_groups_of_groups_are_met_as_in_formats(times: dict[str, int], is_met: bool) -> None:
    """transparency-dev/formats, policy/tlog_policy_test.go: TestSatisfied."""
    policy = a_policy("group inner any w2 w3\ngroup outer all w1 inner\nquorum outer")
    found = evaluate(policy, a_note(**times))
    assert (found.is_quorum_met, found.quorum_time) == (is_met, 1 if is_met else None)
    assert found.cosigned_at == times


@pytest.mark.parametrize(
    ("rest", "time"),
    [
        ("quorum w2", 200),
        ("group g any w1 w2 w3\nquorum g", 300),
        ("group g 2 w1 w2 w3\nquorum g", 200),
        ("group g all w1 w2 w3\nquorum g", 100),
        ("group g any w2 w3\ngroup h all w1 g\nquorum h", 100),
        ("group g all w1 w2\ngroup h any g w3\nquorum h", 300),
    ],
)
def test_the_age_is_counted_from_when_enough_witnesses_had_signed_last(
    rest: str, time: int
) -> None:
    assert evaluate(a_policy(rest), a_note(w1=100, w2=200, w3=300)).quorum_time == time


@given(
    st.dictionaries(st.sampled_from(["w1", "w2", "w3"]), st.integers(1, 5)),
    st.sampled_from(["1", "2", "3"]),
)
def test_the_quorums_time_is_the_last_at_which_a_quorum_cosigned(
    times: dict[str, int], threshold: str
) -> None:
    found = evaluate(a_policy(f"group g {threshold} w1 w2 w3\nquorum g"), a_note(**times))
    quorums = combinations(times.values(), int(threshold))
    assert found.quorum_time == max(map(min, quorums), default=None)


def test_one_witness_whose_clock_is_ahead_makes_nothing_look_new() -> None:
    policy = a_policy("group g 2 w1 w2 w3\nquorum g")
    assert evaluate(policy, a_note(w1=100, w2=101, w3=2**63 - 1)).quorum_time == 101


def test_any_one_of_the_logs_is_enough() -> None:
    found = evaluate(a_policy("quorum w1", OTHER_LOG, LOG), a_note(w1=1))
    assert found.log == LOG.key


def test_an_old_and_a_new_key_of_a_log_are_both_good() -> None:
    new = Signer(LOG.name, seed="new key")
    policy = a_policy("quorum none", LOG, new)
    assert evaluate(policy, Note(TEXT, (new.sign(TEXT),))).log == new.key
    assert evaluate(policy, signed_by_log(TEXT, new.sign(TEXT))).log == LOG.key


@pytest.mark.parametrize(
    ("policy", "note"),
    [
        (a_policy("quorum w1"), Note(TEXT, (FIRST.cosign(TEXT, 1),))),
        (a_policy("quorum none", OTHER_LOG), signed_by_log(TEXT)),
        (a_policy("quorum none", OTHER_LOG), signed_by_log(TEXT, OTHER_LOG.sign(TEXT))),
        (Policy((), {}, {}, "none"), signed_by_log(TEXT)),
        (a_policy("quorum none"), Note(TEXT, (Signer(LOG.name, seed="another").sign(TEXT),))),
    ],
    ids=["witness only", "unknown log", "other origin", "no logs", "other key of the name"],
)
def test_without_a_trusted_log_of_its_origin_a_checkpoint_is_refused(
    policy: Policy, note: Note
) -> None:
    with pytest.raises(WrongProof, match="No log of the policy"):
        evaluate(policy, note)


def wrong(signature: NoteSignature) -> NoteSignature:
    """This signature with one bit of its last byte changed."""
    *first, last = signature.signature
    return NoteSignature(signature.name, signature.key_id, bytes([*first, last ^ 1]))


@pytest.mark.parametrize(
    "signatures",
    [
        [wrong(LOG.sign(TEXT)), FIRST.cosign(TEXT, 1)],
        [LOG.sign(TEXT), FIRST.cosign(TEXT, 1), wrong(SECOND.cosign(TEXT, 1))],
        [LOG.sign(TEXT), FIRST.cosign(TEXT, 1), wrong(OTHER_LOG.sign(TEXT))],
    ],
    ids=["log", "witness that is not needed", "log that is not needed"],
)
def test_one_wrong_signature_of_a_trusted_key_refuses_the_checkpoint(
    signatures: list[NoteSignature],
) -> None:
    with pytest.raises(WrongProof, match="is not one of this"):
        evaluate(a_policy("quorum w1", LOG, OTHER_LOG), Note(TEXT, tuple(signatures)))


def test_a_cosignature_of_another_checkpoint_refuses_this_one() -> None:
    other = Checkpoint(LOG.name, 43, bytes(32)).text
    with pytest.raises(WrongProof):
        evaluate(a_policy("quorum w1"), signed_by_log(TEXT, FIRST.cosign(other, 1)))


def test_a_witness_with_the_key_of_another_name_has_not_cosigned() -> None:
    renamed = Signer("impostor.example", seed=FIRST.name).cosign(TEXT, 1)
    found = evaluate(a_policy("quorum w1"), signed_by_log(TEXT, renamed))
    assert (found.is_quorum_met, dict(found.cosigned_at)) == (False, {})


def test_a_note_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(Unreadable):
        evaluate(policy_of(LOG.key), signed_by_log(b"hello\n"))


def test_every_changed_byte_of_a_witnessed_checkpoint_is_refused_or_loses_its_quorum() -> None:
    policy = a_policy("group g all w1 w2\nquorum g")
    whole = a_note(w1=100, w2=101).encoded
    met = []
    for at, byte in enumerate(whole):
        for flip in (1 << bit for bit in range(8)):
            try:
                found = evaluate(
                    policy, read_note(whole[:at] + bytes([byte ^ flip]) + whole[at + 1 :])
                )
            except (Unreadable, WrongProof):
                continue
            met.append(found.is_quorum_met)
    assert met
    assert not any(met)
