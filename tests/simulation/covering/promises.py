"""Promises of covering: what must hold whatever fails, and whoever changes the table."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Promise(StrEnum):
    """What a run promises. docs/simulation.md explains them."""

    ONE_LOG = "all that was signed is one log, but for a table changed between two steps of a run"
    DECIDED = "nothing is signed before a run has decided it"
    FOLLOWS = "every published run is right, and follows the one before"
    TILES = "all full tiles are there, and none is wrong"
    COVERED = "once nothing fails any more, all growth is covered, and only damage is held"
    QUIET = "nothing is published when nothing has changed, but for a heartbeat an hour"
    CALM = "there is no alarm without a cause"
    HEARD = "a witness that saw another log is reported"
    HANDLED = "a run raises nothing but Unavailable and Contradiction"


class Violation(NamedTuple):
    """A broken promise, with details."""

    promise: Promise
    what: str
