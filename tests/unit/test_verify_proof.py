"""Verifying a proof file: it shows what it says, or the step that fails is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from indelible.chain.hashes import leaf_hash
from indelible.checkpoints.entries import RunEntry
from indelible.checkpoints.proof_file import ProofFile, read_proof_file
from indelible.checkpoints.workspace_checkpoint import WorkspaceCheckpoint
from indelible.checkpoints.workspace_map import Row, leaf_of, map_leaf_hashes, row_key
from indelible.errors import Unreadable, WrongProof
from indelible.tlog.merkle import inclusion_path, root_of
from indelible.tlog.note import Note
from indelible.tlog.policy import NO_QUORUM, Policy, policy_of, read_policy
from indelible.verifying.proof import (
    AgeLimit,
    Assurance,
    FailedStep,
    ProofVerdict,
    Step,
    verify_proof,
)
from support.builders import WORKSPACE
from support.notes import LOG, Signer
from support.proofs import (
    POLICY,
    RUN_TIME,
    a_checkpoint,
    a_note,
    a_proof_file,
    an_event_proof,
    other_rows,
    records_of_chain,
)

Change = Callable[[WorkspaceCheckpoint], WorkspaceCheckpoint]

CHECKPOINT_FILE = a_proof_file()
EVENT_FILE = a_proof_file(an_event_proof(4))
WITNESSED_AT = RUN_TIME + 2


def failed(proof: ProofFile, policy: Policy = POLICY, age: AgeLimit | None = None) -> FailedStep:
    """How a proof fails."""
    with pytest.raises(FailedStep) as raised:
        verify_proof(proof, policy, age)
    return raised.value


def test_a_proof_of_an_event_shows_the_record_and_how_far_the_chain_is_covered() -> None:
    verdict = verify_proof(EVENT_FILE, POLICY)
    assert verdict.record
    assert verdict.record.sequence == 5
    assert verdict.checkpoint == a_checkpoint()
    assert verdict.checkpoint.size == 11
    assert verdict.log_size == 7
    assert verdict.run_time == RUN_TIME
    assert verdict.witnessed_at == WITNESSED_AT
    assert verdict.cosigned_at == {"w1": WITNESSED_AT, "w2": WITNESSED_AT}
    assert str(verdict.assurance) == "witnessed"
    assert verdict.steps == (
        "record", "workspace tree", "map", "log", "signature", "witnesses",
    )  # fmt: skip
    assert not verdict.is_restarted


def test_a_checkpoint_file_shows_how_far_the_chain_is_covered() -> None:
    verdict = verify_proof(CHECKPOINT_FILE, POLICY)
    assert verdict.record is None
    assert verdict.checkpoint == a_checkpoint()
    assert verdict.steps == ("map", "log", "signature", "witnesses")


@pytest.mark.parametrize("index", range(11))
def test_each_record_of_a_chain_is_proved(index: int) -> None:
    verdict = verify_proof(a_proof_file(an_event_proof(index)), POLICY)
    assert verdict.record
    assert verdict.record.sequence == index + 1


@pytest.mark.parametrize("log_size", [1, 2, 8, 9])
def test_a_log_of_any_size_has_its_newest_run_last(log_size: int) -> None:
    assert verify_proof(a_proof_file(log_size=log_size), POLICY).log_size == log_size


def test_without_witnesses_in_the_policy_the_operator_alone_vouches() -> None:
    verdict = verify_proof(EVENT_FILE, policy_of(LOG.key))
    assert str(verdict.assurance) == "signed by the operator only"
    assert verdict.witnessed_at is None
    assert verdict.cosigned_at == {}


def test_witnesses_whom_the_policy_does_not_need_do_not_make_it_witnessed() -> None:
    verdict = verify_proof(EVENT_FILE, replace(POLICY, quorum=NO_QUORUM))
    assert verdict.assurance is Assurance.OPERATOR_ONLY
    assert verdict.cosigned_at.keys() == {"w1", "w2"}


def test_a_restarted_chain_is_never_plainly_valid() -> None:
    verdict = verify_proof(a_proof_file(checkpoint=replace(a_checkpoint(), epoch=1)), POLICY)
    assert verdict.is_restarted


def test_the_proof_of_one_event_does_not_prove_another() -> None:
    other = records_of_chain()[5]
    event = an_event_proof(4)
    assert failed(a_proof_file(replace(event, record=other))).step is Step.RECORD
    moved = replace(event, record=other, index=5)
    assert failed(a_proof_file(moved)).step is Step.WORKSPACE_TREE
    assert failed(a_proof_file(replace(event, index=5))).step is Step.RECORD


def test_a_changed_record_is_not_proved() -> None:
    event = an_event_proof(4)
    for changed in (
        event.record.replace(b"document.created", b"document.deleted"),
        event.record + b" ",
    ):
        assert changed != event.record
        assert failed(a_proof_file(replace(event, record=changed))).step is Step.WORKSPACE_TREE


def test_what_is_no_record_is_not_proved_even_if_it_is_in_the_tree() -> None:
    records = (b"no record", *records_of_chain()[1:])
    proof = a_proof_file(an_event_proof(0, records), a_checkpoint(records))
    assert failed(proof).step is Step.RECORD


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (b'{"action":', b'{"action":"a","action":', "action"),
        (b'"id":"', b'"id":"019aa2f4-0000-7000-8000-000000000000","id":"', "id"),
        (b'"salt":', b'"s\\u0061lt":"00","salt":', "salt"),
    ],
)
def test_a_record_that_readers_may_read_in_two_ways_is_not_proved(
    old: bytes, new: bytes, name: str
) -> None:
    first, *others = records_of_chain()
    records = (first.replace(old, new, 1), *others)
    assert records[0] != first
    error = failed(a_proof_file(an_event_proof(0, records), a_checkpoint(records)))
    assert error.step is Step.RECORD
    assert f"`{name}` twice" in str(error)


def test_a_record_at_the_place_of_another_is_not_proved_even_if_it_is_in_the_tree() -> None:
    records = records_of_chain()[::-1]
    proof = a_proof_file(an_event_proof(0, records), a_checkpoint(records))
    error = failed(proof)
    assert error.step is Step.RECORD
    assert "sequence 11" in str(error)


def test_a_record_of_another_workspace_is_not_proved_even_if_it_is_in_the_tree() -> None:
    proof = a_proof_file(an_event_proof(4), a_checkpoint(workspace_id="ws_other"))
    error = failed(proof)
    assert error.step is Step.RECORD
    assert WORKSPACE in str(error)


def test_an_event_after_the_covered_ones_is_not_proved() -> None:
    proof = a_proof_file(an_event_proof(10), a_checkpoint(records_of_chain()[:10]))
    error = failed(proof)
    assert error.step is Step.WORKSPACE_TREE
    assert "has no leaf 10" in str(error)


@pytest.mark.parametrize(
    "change",
    [
        lambda checkpoint: replace(checkpoint, size=12),
        lambda checkpoint: replace(checkpoint, epoch=1),
        lambda checkpoint: replace(checkpoint, root=sha256(b"other").digest()),
        lambda checkpoint: replace(checkpoint, workspace_id="ws_other"),
        lambda checkpoint: replace(checkpoint, origin="other.example.com/log"),
    ],
)
def test_a_changed_workspace_checkpoint_is_not_in_the_map(change: Change) -> None:
    proof = replace(CHECKPOINT_FILE, checkpoint=change(CHECKPOINT_FILE.checkpoint))
    assert failed(proof).step is Step.MAP


def logged(leaf: bytes, proof: ProofFile = CHECKPOINT_FILE) -> ProofFile:
    """A file with another leaf of the map, which a dishonest operator logged and signed."""
    key = row_key(WORKSPACE)
    hashes = map_leaf_hashes(sorted(other_rows()))
    hashes[leaf_of(key)] = leaf_hash(leaf)
    entry = RunEntry(RUN_TIME, root_of(hashes))
    leaves = [leaf_hash(b"entry"), leaf_hash(entry.encoded)]
    return replace(
        proof,
        leaf=leaf,
        map_path=tuple(inclusion_path(hashes, leaf_of(key))),
        log_index=1,
        log_path=(leaves[0],),
        note=a_note(leaves),
    )


def test_what_the_operator_logged_and_signed_must_still_be_a_map() -> None:
    leaf = CHECKPOINT_FILE.leaf
    rows = [leaf[at : at + 64] for at in range(0, len(leaf), 64)]
    assert verify_proof(logged(leaf), POLICY).log_size == 2
    own = Row(row_key(WORKSPACE), a_checkpoint().sha256)
    second = own.key + sha256(b"shown to somebody else").digest()
    stray = b"\xff" * 64
    for wrong in (
        b"".join(rows[::-1]),
        b"".join(sorted([*rows, second])),
        b"".join(sorted([*rows, *rows])),
        b"".join(sorted([*rows, stray])),
        leaf + b"\x00",
        b"".join(row for row in rows if not row.startswith(own.key)),
        b"",
    ):
        assert failed(logged(wrong)).step is Step.MAP


def test_another_time_is_not_that_of_the_logged_run() -> None:
    assert failed(replace(CHECKPOINT_FILE, time=RUN_TIME - 1)).step is Step.LOG


def test_an_older_run_is_not_shown_as_the_newest() -> None:
    """The old entry is in the newest tree of the log, with a path that is right."""
    old = CHECKPOINT_FILE
    map_root = root_of(
        map_leaf_hashes(sorted([*other_rows(), Row(row_key(WORKSPACE), a_checkpoint().sha256)]))
    )
    leaves = [leaf_hash(RunEntry(RUN_TIME, map_root).encoded), leaf_hash(b"a newer run")]
    proof = replace(old, log_index=0, log_path=(leaves[1],), note=a_note(leaves))
    error = failed(proof)
    assert error.step is Step.LOG
    assert "not the last of 2" in str(error)


def test_a_run_of_another_log_is_not_one_of_this() -> None:
    foreign = a_proof_file(checkpoint=a_checkpoint(origin="other.example.com/log"))
    assert failed(foreign).step is Step.LOG


def test_a_wrong_path_in_the_log_is_refused() -> None:
    proof = replace(CHECKPOINT_FILE, log_path=CHECKPOINT_FILE.log_path[:-1])
    assert failed(proof).step is Step.LOG


def test_a_log_that_the_verifier_does_not_trust_is_refused() -> None:
    error = failed(CHECKPOINT_FILE, policy_of(Signer("audit.example.com/other").key))
    assert error.step is Step.SIGNATURE


def test_a_signature_of_another_tree_is_refused() -> None:
    other = a_note([leaf_hash(b"other")])
    note = Note(
        CHECKPOINT_FILE.note.text, (other.signatures[0], *CHECKPOINT_FILE.note.signatures[1:])
    )
    assert failed(replace(CHECKPOINT_FILE, note=note)).step is Step.SIGNATURE


def test_a_cosignature_of_another_tree_is_refused_even_if_no_quorum_is_needed() -> None:
    other = a_note([leaf_hash(b"other")])
    note = Note(
        CHECKPOINT_FILE.note.text, (*CHECKPOINT_FILE.note.signatures[:2], other.signatures[2])
    )
    proof = replace(CHECKPOINT_FILE, note=note)
    assert failed(proof, replace(POLICY, quorum=NO_QUORUM)).step is Step.SIGNATURE


def test_a_proof_without_signatures_that_count_is_refused() -> None:
    stranger = Signer("stranger.example")
    note = Note(CHECKPOINT_FILE.note.text, (stranger.sign(CHECKPOINT_FILE.note.text),))
    assert failed(replace(CHECKPOINT_FILE, note=note)).step is Step.SIGNATURE


def test_too_few_witnesses_are_refused_and_named() -> None:
    note = Note(CHECKPOINT_FILE.note.text, CHECKPOINT_FILE.note.signatures[:2])
    error = failed(replace(CHECKPOINT_FILE, note=note))
    assert error.step is Step.WITNESSES
    assert "w1" in str(error)
    assert verify_proof(replace(CHECKPOINT_FILE, note=note), replace(POLICY, quorum="w1")).steps


def test_the_witnesses_say_how_old_a_proof_is() -> None:
    limit = AgeLimit(now=WITNESSED_AT + 600, seconds=600)
    assert verify_proof(EVENT_FILE, POLICY, limit).steps[-1] is Step.AGE
    error = failed(EVENT_FILE, POLICY, replace(limit, now=WITNESSED_AT + 601))
    assert error.step is Step.AGE
    assert "601 seconds old" in str(error)


def test_without_witnesses_the_operator_says_how_old_a_proof_is() -> None:
    policy = policy_of(LOG.key)
    verify_proof(EVENT_FILE, policy, AgeLimit(RUN_TIME + 600, 600))
    assert failed(EVENT_FILE, policy, AgeLimit(RUN_TIME + 601, 600)).step is Step.AGE


def test_a_time_far_ahead_does_not_make_a_proof_new_for_ever() -> None:
    verify_proof(EVENT_FILE, POLICY, AgeLimit(WITNESSED_AT - 300, 600))
    error = failed(EVENT_FILE, POLICY, AgeLimit(WITNESSED_AT - 301, 600))
    assert error.step is Step.AGE
    assert "ahead" in str(error)


def test_an_old_proof_stays_valid_for_those_who_do_not_ask_for_its_age() -> None:
    assert Step.AGE not in verify_proof(EVENT_FILE, POLICY).steps


def test_a_failed_step_is_a_wrong_proof_that_names_the_step() -> None:
    error = failed(replace(CHECKPOINT_FILE, time=1))
    assert isinstance(error, WrongProof)
    assert str(error).startswith("The proof fails at the step log: ")


def test_a_failed_step_can_be_printed_whatever_the_names_in_the_policy() -> None:
    policy = read_policy(
        b"log %s\nwitness \xff %s\nquorum \xff\n"
        % (LOG.key.text.encode(), Signer("absent.example").witness_key.text.encode())
    )
    assert "The quorum ? is not met" in str(failed(CHECKPOINT_FILE, policy)).encode().decode()


def content(verdict: ProofVerdict) -> tuple[object, ...]:
    """What a verdict says of the chain, apart from who vouches for it."""
    return verdict.checkpoint, verdict.log_size, verdict.run_time, verdict.record


@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
def test_no_changed_byte_gives_a_verdict_if_both_witnesses_are_needed(file: ProofFile) -> None:
    for changed in changes(file.encoded):
        with pytest.raises((Unreadable, FailedStep)):
            verify_proof(read_proof_file(changed), POLICY)


@pytest.mark.slow
@pytest.mark.parametrize("file", [CHECKPOINT_FILE, EVENT_FILE], ids=["checkpoint", "event"])
@pytest.mark.parametrize("quorum", ["both", NO_QUORUM])
def test_a_changed_byte_never_changes_what_is_shown(file: ProofFile, quorum: str) -> None:
    """At most a cosignature is lost, if its key cannot be recognised any more."""
    policy = replace(POLICY, quorum=quorum)
    whole = file.encoded
    shown = verify_proof(file, policy)
    for place in range(len(whole)):
        for bit in (1, 2, 4, 8, 16, 32, 64, 128):
            changed = whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :]
            try:
                verdict = verify_proof(read_proof_file(changed), policy)
            except (Unreadable, FailedStep):
                continue
            assert content(verdict) == content(shown)
            assert verdict.assurance == shown.assurance
            assert verdict.cosigned_at.items() < shown.cosigned_at.items()
            assert quorum == NO_QUORUM


def changes(whole: bytes) -> list[bytes]:
    """The bytes with one changed, each in turn, with one left out, and with one doubled."""
    places = range(len(whole))
    flipped = [whole[:n] + bytes([whole[n] ^ 1 << n % 8]) + whole[n + 1 :] for n in places]
    left_out = [whole[:n] + whole[n + 1 :] for n in places[::3]]
    doubled = [whole[: n + 1] + whole[n:] for n in places[::3]]
    return flipped + left_out + doubled
