"""Forged proof files fail in the browser at the step where they fail in Python's verifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

from browser.checking import Checker, policy_text, shown, shown_by_python
from fuzz.proof_inputs import inputs
from fuzz.proof_seeds import seeds
from hypothesis import given, settings
from hypothesis import strategies as st
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import EventProof, ProofFile
from indelible.checkpoints.workspace_map import map_root
from indelible.tlog.checkpoint import Checkpoint, read_checkpoint
from indelible.tlog.keys import COSIGNATURES, NOTES, VerifierKey
from indelible.tlog.merkle import HASH_BYTES, root_of_path
from indelible.tlog.note import Note, NoteSignature
from indelible.tlog.policy import NO_QUORUM, Group, Policy, policy_of, read_policy
from support.builders import WORKSPACE
from support.notes import FIRST, LOG, SECOND, THIRD, signed_by_log
from support.proofs import (
    CHECKPOINT_FILE,
    EVENT_FILE,
    ORIGIN,
    POLICY,
    RUN_TIME,
    a_checkpoint,
    a_note,
    a_proof_file,
    an_event_proof,
    other_rows,
    records_of_chain,
    rows_with,
)
from unit.test_verify_proof_map import logged

WHOLE = EVENT_FILE.encoded
LOG_ALONE = policy_of(LOG.key)


def of_checkpoints() -> Iterator[ProofFile]:
    """Checkpoint files that show another checkpoint, another map, or another place in the log."""
    right = CHECKPOINT_FILE.checkpoint
    for changed in (
        replace(right, size=12),
        replace(right, epoch=1),
        replace(right, root=sha256(b"other").digest()),
        replace(right, workspace_id="ws_other"),
        replace(right, origin="other.example.com/log"),
    ):
        yield replace(CHECKPOINT_FILE, checkpoint=changed)
    leaf = CHECKPOINT_FILE.leaf
    rows = [leaf[at : at + 64] for at in range(0, len(leaf), 64)]
    second = rows[0][:32] + sha256(b"shown to somebody else").digest()
    yield logged(leaf)
    yield logged(b"".join(rows[::-1]))
    yield logged(b"".join(sorted([*rows, second])))
    yield logged(b"".join(sorted([*rows, b"\xff" * 64])))
    yield logged(leaf + b"\x00")
    yield logged(b"")
    yield replace(CHECKPOINT_FILE, time=RUN_TIME - 1)
    yield replace(CHECKPOINT_FILE, log_index=0)
    yield replace(CHECKPOINT_FILE, log_path=CHECKPOINT_FILE.log_path[:-1])
    yield a_proof_file(checkpoint=a_checkpoint(origin="other.example.com/log"))
    yield a_proof_file(rows=sorted(other_rows()))
    yield a_proof_file(checkpoint=replace(a_checkpoint(), epoch=1))
    for size in (1, 2, 8, 9):
        yield a_proof_file(log_size=size)
    yield an_older_run()
    yield of_another_size()


def of_another_size() -> ProofFile:
    """The operator signed the root of one entry as that of five, with cosignatures."""
    alone = a_proof_file(log_size=1)
    root = read_checkpoint(alone.note.text).root
    text = Checkpoint(ORIGIN, 5, root).text
    cosigned = (each.cosign(text, RUN_TIME) for each in (FIRST, SECOND))
    return replace(alone, log_index=4, note=signed_by_log(text, *cosigned))


def an_older_run() -> ProofFile:
    """A run that the newest tree of the log has, with a path that is right, but not as its last."""
    rows = rows_with(a_checkpoint())
    leaves = [leaf_hash(RunEntry(RUN_TIME, map_root(rows)).encoded), leaf_hash(b"a newer run")]
    return replace(CHECKPOINT_FILE, log_index=0, log_path=(leaves[1],), note=a_note(leaves))


def of_events() -> Iterator[ProofFile]:
    """Proofs of other records, at other places, and of what is no record."""
    records = records_of_chain()
    for index in range(11):
        yield a_proof_file(an_event_proof(index))
    event = an_event_proof(4)
    yield a_proof_file(replace(event, record=records[5]))
    yield a_proof_file(replace(event, record=records[5], index=5))
    yield a_proof_file(replace(event, index=5))
    yield a_proof_file(replace(event, record=event.record + b" "))
    yield a_proof_file(replace(event, path=event.path[:-1]))
    yield a_proof_file(replace(event, path=(*event.path, bytes(32))))
    yield a_proof_file(an_event_proof(4, records[::-1]), a_checkpoint(records[::-1]))
    yield a_proof_file(event, a_checkpoint(workspace_id="ws_other"))
    yield a_proof_file(an_event_proof(10), a_checkpoint(records[:10]))
    for first in other_first_records(records[0]):
        changed = (first, *records[1:])
        yield a_proof_file(an_event_proof(0, changed), a_checkpoint(changed))


def other_first_records(right: bytes) -> Iterator[bytes]:
    """Records in the tree that readers could read in two ways, or not at all."""
    yield b"no record"
    yield b"[]"
    yield right[:-1]
    yield right + right
    yield b"\xef\xbb\xbf" + right
    yield right.replace(b'"action":', b'"action":"a","action":', 1)
    yield right.replace(b'"salt":', b'"s\\u0061lt":"00","salt":', 1)
    for value in (
        b'{"a":[{"b":1,"b":2}]}', b'{"__proto__":{"a":1},"__proto__":2}', b"[" * 32 + b"]" * 32,
        b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xff"', b'"\x1f"', b'"\x7f"', b"01", b"1.", b"-",
        b"1e999", b"NaN", b"12345678901234567890", b"[1,]", b'{"a":1,}', b'"\\x"', b"tru", b"-0",
    ):  # fmt: skip
        yield right.replace(b'"salt":', b'"metadata":%b,"salt":' % value, 1)
    for name, value in (
        (b"format", b"2"), (b"format", b'"1"'), (b"format", b"true"), (b"sequence", b'"1"'),
        (b"sequence", b"1.5"), (b"sequence", b"null"), (b"id", b"1"), (b"workspace_id", b"null"),
        (b"format", b"1.0"), (b"sequence", b"1.0"), (b"sequence", b"1e0"), (b"sequence", b"-0"),
        (b"sequence", b"1.0000000000000000001"), (b"sequence", b"1e400"), (b"sequence", b"9" * 400),
    ):  # fmt: skip
        start = right.index(b'"%b":' % name) + len(name) + 3
        end = min(right.index(each, start) for each in (b",", b"}") if each in right[start:])
        yield right[:start] + value + right[end:]


def beyond_the_numbers_of_javascript() -> Iterator[ProofFile]:
    """Records and trees beyond 2^53, from where on numbers of JavaScript are not exact."""
    size, path, first = 2**54, (bytes(HASH_BYTES),) * 54, records_of_chain()[0]
    for index, sequence in ((2**53 - 1, 2**53 + 1), (2**53 + 1, 2**53), (2**53 + 2, 2**53 + 3)):
        record = first.replace(b'"sequence":1,', b'"sequence":%d,' % sequence, 1)
        root = root_of_path(index, size, leaf_hash(record), path)
        checkpoint = replace(a_checkpoint(), size=size, root=root)
        yield a_proof_file(EventProof(index, path, record), checkpoint)


def signed_otherwise() -> Iterator[ProofFile]:
    """The checkpoint file with other signatures."""
    note = CHECKPOINT_FILE.note
    log, first, second = note.signatures
    wrong = replace(first, signature=first.signature[:-1] + bytes([first.signature[-1] ^ 1]))
    short = replace(first, signature=first.signature[:-1])
    late = replace(first, signature=b"\x80" + first.signature[1:])
    for signatures in (
        (first, second), (log,), (log, first), (log, second, first), (log, log, first, second),
        (log, first, first, second), (log, wrong, second), (log, short, second),
        (log, late, second), (log, first, second, THIRD.cosign(note.text, RUN_TIME)),
        (THIRD.sign(note.text), first, second), (log, THIRD.cosign(note.text, 1)),
        (replace(log, signature=second.signature), first, second),
        (log, FIRST.cosign(note.text, RUN_TIME), SECOND.cosign(note.text, RUN_TIME + 100)),
    ):  # fmt: skip
        yield replace(CHECKPOINT_FILE, note=Note(note.text, signatures))
    by_anybody = NoteSignature(ORIGIN, SMALL.key_id, SMALL.public_key + bytes(32))
    yield replace(CHECKPOINT_FILE, note=Note(note.text, (by_anybody, log, first, second)))


SMALL = VerifierKey(ORIGIN, NOTES, b"\x01" + bytes(31))
"""The neutral element as a public key. A signature of it is right for every message."""

POLICIES = [
    POLICY,
    LOG_ALONE,
    replace(POLICY, quorum="w1"),
    replace(POLICY, groups={"any": Group(1, ("w1", "w2"))}, quorum="any"),
    policy_of(THIRD.key),
    policy_of(VerifierKey(ORIGIN, NOTES, THIRD.key.public_key)),
    policy_of(SMALL),
    Policy((LOG.key,), {"w": THIRD.witness_key}, {}, "w"),
    Policy((LOG.key,), {"w": VerifierKey(FIRST.name, COSIGNATURES, b"\x01" * 32)}, {}, "w"),
    Policy((LOG.key, THIRD.key), {"a": SECOND.witness_key}, {}, NO_QUORUM),
]
"""Of readers who trust these, others, a key of small order, or none of those who signed."""


def test_forged_files_fail_at_the_same_step_as_in_python(checker: Checker) -> None:
    files = [each.encoded for each in (*of_checkpoints(), *of_events(), *signed_otherwise())]
    for policy in POLICIES:
        verdicts = checker.proofs(WHOLE, files, policy=policy_text(policy))
        assert [shown(each) for each in verdicts] == [shown_by_python(e, policy) for e in files]


def test_what_is_too_large_to_be_counted_exactly_is_never_proved(checker: Checker) -> None:
    files = [each.encoded for each in beyond_the_numbers_of_javascript()]
    assert shown_by_python(files[2], LOG_ALONE)[0] == "operator"
    verdicts = checker.proofs(WHOLE, files, keys=[LOG.key.text])
    assert [each["verdict"] for each in verdicts] == ["broken"] * 3
    assert "a browser can count" in verdicts[2]["brokenAt"]["reason"]


def test_a_signature_that_anybody_can_write_is_none(checker: Checker) -> None:
    *_, forged = signed_otherwise()
    verdict = checker.proof(forged.encoded, keys=[SMALL.text])
    assert shown(verdict) == ("broken", "signature")
    assert checker.proof(forged.encoded, keys=[LOG.key.text])["verdict"] == "operator"


def test_an_older_run_is_not_shown_as_the_newest(checker: Checker) -> None:
    verdict = checker.proof(an_older_run().encoded, policy=policy_text(POLICY))
    assert shown(verdict) == ("broken", "log")
    assert "not the last of 2" in verdict["brokenAt"]["reason"]


def test_the_fuzzers_files_and_policies_fail_at_the_same_step(checker: Checker) -> None:
    contents = [case.partition(b"\n") for _, case in seeds()]
    files = [content for kind, _, content in contents if kind == b"proof"]
    policies = [content.decode() for kind, _, content in contents if kind == b"policy"]
    assert len(files) > 5
    for text in policies:
        policy = read_policy(text.encode())
        verdicts = checker.proofs(WHOLE, files, policy=text)
        assert [shown(each) for each in verdicts] == [shown_by_python(e, policy) for e in files]


@settings(max_examples=8)
@given(st.data())
def test_mutated_files_fail_at_the_same_step_as_in_python(
    checker: Checker, data: st.DataObject
) -> None:
    cases = data.draw(st.lists(inputs(), min_size=20, max_size=60))
    files = [case.partition(b"\n")[2] for case in cases if case.startswith(b"proof\n")]
    for policy in (POLICY, LOG_ALONE):
        verdicts = checker.proofs(WHOLE, files, policy=policy_text(policy))
        assert [shown(each) for each in verdicts] == [shown_by_python(e, policy) for e in files]


def test_without_a_key_nobody_vouches(checker: Checker) -> None:
    verdict = checker.proof(WHOLE)
    assert verdict["verdict"] == "unsigned"
    assert verdict["workspaceId"] == WORKSPACE
    assert [each["status"] for each in verdict["records"]] == ["not_covered"]


def test_a_known_witness_is_enough_without_a_policy_and_none_is_the_operator_alone(
    checker: Checker,
) -> None:
    keys = [LOG.key.text, FIRST.witness_key.text]
    assert checker.proof(WHOLE, keys=keys)["verdict"] == "witnessed"
    assert checker.proof(WHOLE, keys=keys[:1])["verdict"] == "operator"
    others = [LOG.key.text, THIRD.witness_key.text]
    assert checker.proof(WHOLE, keys=others)["verdict"] == "operator"
    assert shown(checker.proof(WHOLE, keys=["no key"])) == ("broken", "keys")


def test_an_old_file_is_refused_by_its_age(checker: Checker) -> None:
    keys, later = [LOG.key.text], RUN_TIME + 3600
    assert shown(checker.proof(WHOLE, keys=keys, now=later, maxAge=60)) == ("broken", "age")
    assert shown(checker.proof(WHOLE, keys=keys, now=RUN_TIME - 301, maxAge=60))[1] == "age"
    assert checker.proof(WHOLE, keys=keys, now=later, maxAge=7200)["age"] == 3600
