"""Whether a log is the one that this deployment goes on with, and the state that it is in."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ..checkpoints.object_keys import ORIGIN
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.requests import Request, TakeOverRequest
from ..checkpoints.state import EMPTY_STATE, State, decode_state
from ..errors import Contradiction
from ..tlog.keys import VerifierKey
from ..tlog.note import is_signed_by
from .ports import LockedBucket, States


def check_log(
    bucket: LockedBucket, origin: str, keys: Sequence[VerifierKey], newest: PublishedRun | None
) -> None:
    """Raise Contradiction unless the log has this origin, and one of these keys signed its newest.

    Before the first run, this writes the origin and the first key, for ever.
    """
    stored = bucket.read(ORIGIN)
    if stored is None:
        if newest:
            raise Contradiction("The bucket of checkpoints has runs and no origin.")
        bucket.put_new(ORIGIN, f"{origin}\n{keys[0].text}\n".encode())
        stored = bucket.read(ORIGIN)
    found = (stored or b"").partition(b"\n")[0].decode(errors="replace")
    if found != origin:
        raise Contradiction(f"The log has the origin {found}, and this deployment {origin}.")
    if newest and newest.checkpoint.origin != origin:
        raise Contradiction(f"Run {newest.number} is of another origin.")
    if newest and not any(is_signed_by(newest.note, each) for each in keys):
        raise Contradiction(f"Run {newest.number} is signed by none of this deployment's keys.")


def check_table(table_arn: str, newest: PublishedRun | None, requests: Sequence[Request]) -> None:
    """Raise Contradiction when the newest run is of another table, and nobody wants to take over.

    A copy of the table also has the turn of a run that is not published. So this comes before.
    """
    if newest is None or newest.table_arn == table_arn:
        return
    if TakeOverRequest(table_arn) not in requests:
        raise Contradiction(
            f"The log's newest run read the table {newest.table_arn}. If this stack is to go on "
            "with that log, and the other one has stopped, run `indelible checkpoint take-over`."
        )


def read_state(states: States, newest: PublishedRun | None) -> State:
    """The state that the newest run published. Raises Contradiction when it is not there."""
    if newest is None:
        return EMPTY_STATE
    encoded = states.read(newest.state_version)
    if encoded is None or sha256(encoded).digest() != newest.state_sha256:
        raise Contradiction(
            f"The state of run {newest.number} is lost. Run `indelible checkpoint rebuild`."
        )
    return decode_state(encoded)
