"""Has the newest checkpoint cosigned again, so that its age can be told from cosignatures."""

from __future__ import annotations

from collections.abc import Sequence

from ..checkpoints.object_keys import run_key
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.turn import Turn
from ..errors import Unreadable, WrongProof
from ..tlog.keys import VerifierKey
from ..tlog.note import Note, is_signed_by
from .log_tiles import tile_reader
from .services import Services
from .witnesses import ask_witnesses

_OTHER_LOG = (
    "The cosigned checkpoint in the table was not one of this log: the table was written to."
)


def cosign_again(
    services: Services, newest: PublishedRun, turn: Turn | None, asked_at: int
) -> Sequence[str]:
    """Ask the witnesses again, and keep what they sign. Returns what somebody has to look at.

    `turn` is the one that this run began with, and `asked_at` its time, in seconds. A run that is
    late keeps no cosignatures in the place of newer ones. Their own times do not say which are
    newer: otherwise one witness whose clock is ahead would stop all others. If another run has
    taken its turn meanwhile, witnesses may know the larger log that it publishes. That is no reason
    to warn. Of a turn that no run has taken, the next run warns.
    """
    read_tile = tile_reader(services.bucket, newest.edge, ())
    asked = ask_witnesses(services.witnesses, newest.note, newest, newest.edge, read_tile)
    warnings = asked.warnings
    if warnings and _is_overtaken(services, newest, turn):
        warnings = ()
    kept = services.turns.keep_cosigned(asked.note, asked_at)
    if kept and not _is_of_log(kept, [each.key for each in services.signers]):
        services.turns.keep_cosigned(asked.note, asked_at, kept)
        return *warnings, _OTHER_LOG
    return warnings


def _is_overtaken(services: Services, newest: PublishedRun, before: Turn | None) -> bool:
    """Whether another run has taken the next turn since, and maybe published it already."""
    turn = services.turns.read()
    is_taken = turn is not None and turn != before and turn.run > newest.number
    return is_taken or services.bucket.read(run_key(newest.number + 1)) is not None


def _is_of_log(note: Note, keys: Sequence[VerifierKey]) -> bool:
    """Whether one of these keys of the log signed a note."""
    try:
        return any(is_signed_by(note, each) for each in keys)
    except (Unreadable, WrongProof):
        return False
