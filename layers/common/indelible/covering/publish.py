"""Signs what a run has decided, has it cosigned, and publishes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..checkpoints.object_keys import run_key
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.turn import Turn
from ..errors import Contradiction
from ..tlog.note import Note, NoteSignature, is_signed_by
from .log_tiles import tile_reader
from .newest_run import read_run
from .next_run import Decision
from .ports import LockedBucket, Signer, Witness
from .signing_keys import known_signers
from .witnesses import ask_witnesses


@dataclass(frozen=True, slots=True)
class Published:
    """What was published, and what witnesses said that somebody has to look at."""

    run: PublishedRun
    warnings: tuple[str, ...]


def publish(
    bucket: LockedBucket,
    signers: Sequence[Signer],
    witnesses: Sequence[Witness],
    decision: Decision,
    before: PublishedRun | None,
    table_arn: str,
) -> Published:
    """Sign, ask the witnesses, and put the run's object. Safe to repeat for the same decision.

    Only keys that the log knows sign: those of the first run, and those with an entry. Another run
    may have published the same text; then this returns what it published. Raises Contradiction if
    it was another text, and signs nothing if it finds that before.

    A run that was frozen may have taken its turn in a table that was restored since. So this
    checks whether the run is published already, after the turn was taken and before it signs.
    """
    turn = decision.turn
    if bucket.read(run_key(turn.run)) is not None:
        return _published_by_another(bucket, turn)
    signing = known_signers(bucket, signers, decision)
    note = Note(turn.text, tuple(_sign(each, turn.text) for each in signing))
    read_tile = tile_reader(bucket, decision.edge, decision.tiles)
    asked = ask_witnesses(witnesses, note, before, decision.edge, read_tile)
    run = PublishedRun(
        number=turn.run,
        note=asked.note,
        entries_before=decision.entries_before,
        run_entry=decision.run_entry,
        edge=decision.edge,
        workspaces=decision.workspaces,
        state_version=turn.state_version,
        state_sha256=turn.state_sha256,
        table_arn=table_arn,
    )
    if bucket.put_new(run_key(run.number), run.encoded):
        return Published(run, asked.warnings)
    return _published_by_another(bucket, turn)


def _published_by_another(bucket: LockedBucket, turn: Turn) -> Published:
    """What another run published of the same decision. It has warned of its witnesses itself.

    What they said to this run may be wrong by now: the log may have grown since.
    """
    stored = read_run(bucket, turn.run)
    if stored.note.text != turn.text:
        raise Contradiction(f"Run {turn.run} was published with another text.")
    return Published(stored, ())


def _sign(signer: Signer, text: bytes) -> NoteSignature:
    """A signature that verifies. Raises WrongProof if the service made another one."""
    made = NoteSignature(signer.key.name, signer.key.key_id, signer.sign(text))
    is_signed_by(Note(text, (made,)), signer.key)
    return made
