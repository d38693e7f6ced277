"""The turn: the one item that decides which run comes next, and what it signs.

A run writes it on condition that it still is what the run read, and before anything is signed. So
of several runs at once one wins, and only its text is ever signed. It is the item `LOG` / `TURN`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """What run `run` decided: the log's next text, of `size` leaves, and what it follows from.

    `state_version` names the version of the state object, whose SHA-256 is `state_sha256`. The
    state also has the time and the entries of the run. Whoever finishes the run computes the text
    again, from the state and from what the run before published. It is signed only if it is the
    same.
    """

    run: int
    size: int
    text: bytes
    state_version: str
    state_sha256: bytes
