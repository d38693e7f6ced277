"""Asks the log's witnesses to cosign. A run goes on without those that do not answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..checkpoints.published_run import PublishedRun
from ..errors import Unavailable, Unreadable, WrongProof
from ..tlog.note import Note, NoteSignature, find_signature
from ..tlog.tile_proofs import consistency_path
from ..tlog.tiles import RightEdge
from ..tlog.witness import Cosigned, Refusal, add_checkpoint_body
from .ports import Witness

MAX_SIGNATURES = 16
"""Every reader of notes accepts so many: https://c2sp.org/signed-note."""

_ALARMING = {Refusal.OTHER_ROOT, Refusal.WRONG_PROOF}


@dataclass(frozen=True, slots=True)
class Asked:
    """The note with the cosignatures that came, and what somebody has to look at.

    `absent` are the names of witnesses that did not cosign, each with the reason.
    """

    note: Note
    warnings: tuple[str, ...]
    absent: dict[str, str]


def ask_witnesses(
    witnesses: Sequence[Witness],
    note: Note,
    before: PublishedRun | None,
    edge: RightEdge,
    read_tile: Callable[[int, int, int], bytes],
) -> Asked:
    """Ask all witnesses at the same time, each once more if it cosigned another size last.

    `edge` is that of the log whose checkpoint the note is. The answer that somebody has seen
    another log is a warning, never an error: what is decided must be published nevertheless.
    """
    if not witnesses:
        return Asked(note, (), {})

    def ask(witness: Witness) -> NoteSignature | tuple[str, bool]:
        old_size = before.edge.size if before and find_signature(before.note, witness.key) else 0
        try:
            return _ask_twice(witness, note, old_size, edge, read_tile)
        except (Unavailable, Unreadable, WrongProof) as error:
            return str(error), False

    with ThreadPoolExecutor(len(witnesses)) as pool:
        answers = [*pool.map(ask, witnesses)]
    cosigned = [each for each in answers if isinstance(each, NoteSignature)]
    refused = {
        witness.key.name: each
        for witness, each in zip(witnesses, answers, strict=True)
        if not isinstance(each, NoteSignature)
    }
    return Asked(
        note.with_signatures(*cosigned[: MAX_SIGNATURES - len(note.signatures)]),
        tuple(
            f"{name}: {reason}" for name, (reason, is_alarming) in refused.items() if is_alarming
        ),
        {name: reason for name, (reason, _) in refused.items()},
    )


def _ask_twice(
    witness: Witness,
    note: Note,
    old_size: int,
    edge: RightEdge,
    read_tile: Callable[[int, int, int], bytes],
) -> NoteSignature | tuple[str, bool]:
    """The cosignature; or the reason why there is none, and whether it is alarming."""
    for _ in range(2):
        path = consistency_path(old_size, edge.size, read_tile, edge.compact_range)
        answer = witness.add_checkpoint(add_checkpoint_body(old_size, path, note), note)
        if isinstance(answer, Cosigned):
            return answer.signature
        if isinstance(answer, Refusal):
            return f"refused: {answer.name}", answer in _ALARMING
        if answer.size > edge.size:
            return f"has cosigned {answer.size} entries of this log, which has {edge.size}", True
        old_size = answer.size
    return "names another size each time", False
