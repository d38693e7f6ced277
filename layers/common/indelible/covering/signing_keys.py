"""The keys that sign the log: a new one is logged first, and has its object once that is published.

The object `key/<key id>` says that the log knows a key, and from which size on. It follows from a
published run, and never comes before it. Otherwise a run that is interrupted, and whose turn is
lost with the table, could leave an object of a key that no entry names. The key would then sign.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..checkpoints.entries import KeyEntry
from ..checkpoints.object_keys import signing_key_key
from ..checkpoints.published_run import PublishedRun
from ..errors import Contradiction
from ..tlog.keys import VerifierKey
from ..tlog.note import is_signed_by
from .next_run import Decision
from .ports import LockedBucket, Signer


def new_keys(
    bucket: LockedBucket, signers: Sequence[Signer], newest: PublishedRun | None, time: int
) -> Sequence[KeyEntry]:
    """An entry for each key that signs from now on. The first run's keys need none."""
    if newest is None:
        return ()
    stored = bucket.read_many([signing_key_key(each.key) for each in signers])
    return [KeyEntry(time, each.key) for each in signers if signing_key_key(each.key) not in stored]


def known_signers(
    bucket: LockedBucket, signers: Sequence[Signer], decision: Decision
) -> list[Signer]:
    """The signers whose keys the log has, this run included. Raises Contradiction if none is."""
    added = {each.key.text for each in decision.entries_before if isinstance(each, KeyEntry)}
    stored = bucket.read_many([signing_key_key(each.key) for each in signers])
    known = [
        each
        for each in signers
        if signing_key_key(each.key) in stored or each.key.text in added or decision.turn.run == 1
    ]
    if not known:
        raise Contradiction("The log knows none of the keys that this deployment signs with.")
    return known


def put_keys(bucket: LockedBucket, run: PublishedRun, keys: Sequence[VerifierKey]) -> None:
    """Put the objects of the keys that sign from this published run on. Safe to repeat.

    The next run does so, too, before it goes on: the process that published may have stopped.
    `keys` are those of this deployment. The first run has no entries, so its keys are those of them
    that signed it.
    """
    added = [each.key for each in run.entries_before if isinstance(each, KeyEntry)]
    if run.number == 1:
        added = [each for each in keys if is_signed_by(run.note, each)]
    stored = bucket.read_many([signing_key_key(each) for each in added])
    for each in added:
        if signing_key_key(each) not in stored:
            content = f"{each.text}\n{run.checkpoint.size}\n".encode()
            bucket.put_new(signing_key_key(each), content)
