"""The watcher's position: how far it has come, and what it has found. JSON in the state bucket."""

from __future__ import annotations

from typing import Self

import msgspec

from ..checkpoints.watched import Finding
from ..encoding import read_json
from ..errors import Unreadable
from ..times import SECOND, format_time
from .pace import SHARES, share_of

FORMAT = 1


class Round(msgspec.Struct, forbid_unknown_fields=True):
    """A full round, which began at `began` (microseconds).

    Workspaces are read in the order of their row keys. Those up to `key` (hex) are done, and of
    that one the stretches before `stretch`. `runs` counts the pieces of the log that are done.
    `versions` is the key of the bucket up to which versions were listed. Both are None once all are
    done. `passed` has the stretches that could not be read, by workspace: they are read in the end.
    """

    began: int
    key: str = ""
    stretch: int = 0
    is_read: bool = False
    runs: int | None = 0
    versions: str | None = ""
    passed: dict[str, list[int]] = {}

    @property
    def is_done(self) -> bool:
        """Whether everything was read."""
        return self.is_read and self.runs is None and self.versions is None


class Position(msgspec.Struct, forbid_unknown_fields=True):
    """Where the watcher is. Times are in microseconds, and 0 for never.

    It has watched since `started`. `run`, `run_time` (seconds) and `state_version` are of the
    newest run that it has seen. `heads` has for each share of the workspaces when their heads were
    checked, and `listed_at` is when the workspaces of the table were listed.

    `blocks` counts the blocks of the index that were checked since they were built, by workspace,
    and `behind_since` is when the first of those was due that are not. `noted` has the first
    sequences of growth that only the watcher noted. `idle` has the chains that wait to be covered
    or are held, and when they last had no such record. `rounds` has when a round has last read the
    end of each chain. `ended` has when each check that an invocation does as a whole last ended
    without an error. Anchors were put up to the day `anchored`, and those of the next day up to the
    row key `anchored_key`.
    """

    format: int
    heads: list[int]
    round: Round
    started: int
    run: int = 0
    run_time: int = 0
    state_version: str = ""
    listed_at: int = 0
    blocks: dict[str, int] = {}
    behind_since: int = 0
    noted: dict[str, int] = {}
    idle: dict[str, int] = {}
    rounds: dict[str, int] = {}
    ended: dict[str, int] = {}
    anchored: str = ""
    anchored_key: str = ""
    findings: list[Finding] = []

    @classmethod
    def at_first(cls, now: int) -> Position:
        """The position before the first invocation, at `now`."""
        return cls(FORMAT, [now] * SHARES, Round(now), now)

    def head_at(self, workspace_id: str) -> int:
        """When the head of a workspace's chain was checked."""
        return self.heads[share_of(workspace_id)]

    def not_after(self, now: int) -> Self:
        """This position, with the times that are later than `now` set to it.

        An invocation whose clock was ahead has written them. Otherwise nothing would be due until
        then, and nothing late.
        """
        self.heads = [min(each, now) for each in self.heads]
        self.started, self.listed_at = min(self.started, now), min(self.listed_at, now)
        self.behind_since = min(self.behind_since, now)
        self.round.began = min(self.round.began, now)
        self.run_time = min(self.run_time, now // SECOND)
        self.idle = {name: min(each, now) for name, each in self.idle.items()}
        self.rounds = {name: min(each, now) for name, each in self.rounds.items()}
        self.ended = {name: min(each, now) for name, each in self.ended.items()}
        if self.anchored > format_time(now):
            self.anchored = self.anchored_key = ""
        return self

    @property
    def encoded(self) -> bytes:
        """The bytes of the object."""
        return _encode(self)


class _Format(msgspec.Struct):
    """The field that says how to read the others."""

    format: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Position).decode
_decode_format = msgspec.json.Decoder(_Format).decode


def read_position(encoded: bytes) -> Position:
    """Read what `Position.encoded` returned. Raises Unreadable for anything else."""
    version = read_json(_decode_format, encoded, "the watcher's position").format
    if version != FORMAT:
        raise Unreadable(f"position format {version} is unknown; this version reads {FORMAT}")
    position = read_json(_decode, encoded, "the watcher's position")
    if len(position.heads) != SHARES or position.encoded != encoded:
        raise Unreadable("the watcher's position is not written as it must be")
    return position
