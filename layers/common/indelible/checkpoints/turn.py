"""The turn: the one item that decides which run comes next, and what it signs.

A run writes it on condition that it still is what the run read, and before anything is signed. So
of several runs at once one wins, and only its text is ever signed. It is the item `LOG` / `TURN`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .entries import Entry


@dataclass(frozen=True, slots=True)
class Turn:
    """What run `run` decided: the log's next text, of `size` leaves, and what it follows from.

    `time` is that of the run entry, in seconds. `state_version` names the version of the state
    object, whose SHA-256 is `state_sha256`. `entries_before` are those that the run adds
    to the log before its run entry. Whoever finishes the run computes the text again from these and
    from what the run before published, and signs it only if it is the same.
    """

    run: int
    size: int
    text: bytes
    time: int
    state_version: str
    state_sha256: bytes
    entries_before: tuple[Entry, ...] = ()
