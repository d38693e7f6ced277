"""Whether a log is the one that this deployment goes on with, and the state that it is in."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ..checkpoints.entries import RunEntry
from ..checkpoints.object_keys import ORIGIN
from ..checkpoints.published_run import PublishedRun
from ..checkpoints.requests import RebuiltRequest, Request, TakeOverRequest
from ..checkpoints.state import EMPTY_STATE, State, decode_state
from ..checkpoints.workspace_map import map_root
from ..errors import Contradiction, Unreadable
from ..tlog.keys import VerifierKey
from ..tlog.note import is_signed_by
from .ports import LockedBucket, States


def check_log(
    bucket: LockedBucket, origin: str, keys: Sequence[VerifierKey], newest: PublishedRun | None
) -> None:
    """Raise Contradiction unless the log has this origin and one of these keys signed `newest`.

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


def read_state(
    states: States, newest: PublishedRun | None, requests: Sequence[Request] = ()
) -> State:
    """The state that the newest run published, or if it is lost, the rebuilt one.

    Raises Contradiction when neither is there.
    """
    if newest is None:
        return EMPTY_STATE
    encoded = states.read(newest.state_version)
    if encoded is not None and sha256(encoded).digest() == newest.state_sha256:
        return decode_state(encoded)
    for each in requests:
        if isinstance(each, RebuiltRequest) and each.run == newest.number:
            return _read_rebuilt(states, newest, each)
    raise Contradiction(
        f"The state of run {newest.number} is lost. Run `indelible checkpoint rebuild`."
    )


def _read_rebuilt(states: States, newest: PublishedRun, request: RebuiltRequest) -> State:
    """The rebuilt state. Contradiction unless the run has logged what it says."""
    encoded = states.read(request.state_version)
    if encoded is None or sha256(encoded).digest() != request.state_sha256:
        raise Contradiction("The rebuilt state is not there.")
    try:
        state = decode_state(encoded)
        state.check_rows(newest.checkpoint.origin)
    except Unreadable as error:
        raise Contradiction(f"The rebuilt state: {error}") from None
    run_entry = RunEntry(state.time, map_root(state.map_rows))
    if (state.run, state.entries_before, run_entry) != (
        newest.number,
        newest.entries_before,
        newest.run_entry,
    ):
        raise Contradiction(f"The rebuilt state is not the one of run {newest.number}.")
    return state
