"""Witnesses that are not ours cosign what grows, and refuse what was rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from indelible.covering.ports import Witness
from indelible.covering.run import Report, run
from indelible.outbound.witness_client import HTTPSWitness
from indelible.proving.checkpoint_file import make_checkpoint_file
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.cosignature import cosigned_at
from indelible.tlog.endorsement import evaluate
from indelible.tlog.merkle import consistency_path, root_of
from indelible.tlog.note import Note, find_signature, is_signed_by, read_note
from indelible.tlog.policy import Group, Policy
from indelible.tlog.witness import Cosigned, OtherSize, Refusal, add_checkpoint_body
from support.deployment import HOUR, MINUTE, ORIGIN, Deployment, always
from support.notes import LOG, SECOND, signed_by_log
from support.proving import verified
from support.trees import LEAVES

from independent.aics_witness import AicsWitness, aics_witness
from independent.lite_witness import LiteWitness, lite_witness
from independent.logs import newest_of, write_log
from independent.programs import aics_tlog

TheirWitness = AicsWitness | LiteWitness


@dataclass
class At:
    """The witness while it serves, and our client of it."""

    witness: TheirWitness
    url: str

    @property
    def client(self) -> Witness:
        return HTTPSWitness(self.url, self.witness.key, allow_private=True)

    @property
    def policy(self) -> Policy:
        """Trusts LOG, and wants this witness."""
        return Policy((LOG.key,), {"w": self.witness.key}, {"one": Group(1, ("w",))}, "one")


@pytest.fixture(
    params=[aics_witness, pytest.param(lite_witness, marks=pytest.mark.from_debian)],
    ids=["aics-witness", "litewitness"],
)
def witness(request: pytest.FixtureRequest, tmp_path: Path) -> TheirWitness:
    """A new witness."""
    make: Callable[[Path], TheirWitness] = request.param
    return make(tmp_path)


@pytest.fixture
def at(witness: TheirWitness) -> Iterator[At]:
    """A new witness, which serves during the test."""
    with witness.serving() as url:
        yield At(witness, url)


def go_on(log: Deployment, *witnesses: Witness, after: int = MINUTE) -> Report:
    """A run that covers a record more and asks these witnesses."""
    log.grow("ws_a", 1)
    log.now += after
    return run(replace(log.services, witnesses=witnesses), log.now, always)


def is_cosigned(log: Deployment, at: At) -> list[bool]:
    """Of each run, whether the witness cosigned it."""
    return [evaluate(at.policy, each.note).is_quorum_met for each in log.runs]


def test_every_run_is_cosigned_and_the_cosignatures_verify(at: At, tmp_path: Path) -> None:
    log = Deployment()
    for _ in range(20):
        assert go_on(log, at.client).warnings == []
    assert is_cosigned(log, at) == [True] * 20
    log.assert_sound()
    folder = write_log(log, tmp_path / "tiles")
    answer = aics_tlog(
        "verify-checkpoint", "--tiles", folder, "--log-key", LOG.key.text,
        "--witness-key", at.witness.key.text, "--quorum", "1", "--max-age", "600",
    )  # fmt: skip
    assert (answer["ok"], answer["size"]) == (True, 20)
    verdict = verified(make_checkpoint_file(newest_of(log), "ws_a"), at.policy)
    assert verdict.witnessed_at == cosigned_at(log.runs[-1].note, at.witness.key)


def test_a_witness_that_was_down_goes_on_from_what_it_cosigned(witness: TheirWitness) -> None:
    log = Deployment()
    with witness.serving() as url:
        first = At(witness, url)
        assert go_on(log, first.client).warnings == []
    for _ in range(3):
        assert go_on(log, first.client, after=HOUR).warnings == []
    with witness.serving() as url:
        again = At(witness, url)
        for _ in range(2):
            assert go_on(log, again.client).warnings == []
        assert is_cosigned(log, again) == [True, False, False, False, True, True]


def test_a_witness_that_knew_the_log_before_we_knew_the_witness_is_asked_twice(at: At) -> None:
    """Its 409 says where it is."""
    log = Deployment()
    for _ in range(3):
        go_on(log)
    answer = at.client.add_checkpoint(
        add_checkpoint_body(0, [], log.runs[2].note), log.runs[2].note
    )
    assert isinstance(answer, Cosigned)
    assert go_on(log, at.client).warnings == []
    assert is_cosigned(log, at) == [False, False, False, True]


def test_a_log_that_was_rewritten_is_refused_and_kept_as_evidence(at: At) -> None:
    log = Deployment()
    for _ in range(3):
        go_on(log, at.client)
    rewritten = log.copy()
    for _ in range(3):
        assert go_on(log, at.client).warnings == []
    rewritten.now += 1_000_000
    warnings = [go_on(rewritten, at.client).warnings for _ in range(5)]
    smaller = f"{at.witness.key.name}: has cosigned 6 entries of this log, which has "
    refused = f"{at.witness.key.name}: refused: WRONG_PROOF"
    assert warnings == [[f"{smaller}4"], [f"{smaller}5"], [refused], [refused], [refused]]
    assert is_cosigned(rewritten, at) == [True] * 3 + [False] * 5
    assert go_on(log, at.client).warnings == [], "the log itself goes on"
    if isinstance(at.witness, AicsWitness):
        kept = at.witness.ask("evidence", "--origin", ORIGIN)
        notes = [read_note(each["request"].partition("\n\n")[2].encode()) for each in kept]
        assert {each.text for each in notes} == {each.note.text for each in rewritten.runs[5:]}
        assert all(is_signed_by(each, LOG.key) for each in notes), "the operator cannot deny them"


def test_each_answer_of_the_protocol_is_understood(at: At) -> None:
    def add(
        old_size: int, size: int, note: Note | None = None, path_from: int | None = None
    ) -> object:
        note = note or a_note(size)
        path = consistency_path(LEAVES[:size], old_size if path_from is None else path_from)
        return at.client.add_checkpoint(add_checkpoint_body(old_size, path, note), note)

    assert isinstance(add(0, 5), Cosigned)
    assert add(0, 7) == OtherSize(5)
    assert add(5, 7, path_from=4) is Refusal.WRONG_PROOF
    other = signed_by_log(Checkpoint(ORIGIN, 5, bytes(32)).text)
    assert add(5, 5, other) in (Refusal.WRONG_PROOF, Refusal.OTHER_ROOT)
    assert add(9, 7, path_from=5) is Refusal.BAD_REQUEST
    unknown = Checkpoint("log.example/unknown", 7, root_of(LEAVES[:7])).text
    assert add(5, 7, signed_by_log(unknown)) is Refusal.UNKNOWN_LOG
    text = a_note(7).text
    assert add(5, 7, Note(text, (SECOND.sign(text),))) is Refusal.BAD_SIGNATURE
    assert isinstance(add(5, 300), Cosigned)


def a_note(size: int) -> Note:
    """The checkpoint of a log with the first leaves of LEAVES."""
    return signed_by_log(Checkpoint(ORIGIN, size, root_of(LEAVES[:size])).text)


@pytest.mark.parametrize("witness", [aics_witness], ids=["aics-witness"], indirect=True)
def test_anybody_can_read_from_it_how_large_the_log_is(at: At) -> None:
    log = Deployment()
    for _ in range(4):
        go_on(log, at.client)
    place = sha256(ORIGIN.encode()).hexdigest()
    note = read_note(httpx.get(f"{at.url}/{place}/checkpoint").content)
    found = evaluate(at.policy, note)
    assert (found.checkpoint, found.is_quorum_met) == (log.runs[-1].checkpoint, True)
    assert find_signature(note, LOG.key) == find_signature(log.runs[-1].note, LOG.key)
