"""The newest run, ready to prove with: read once a minute, since runs follow each other so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from ..chain.hashes import leaf_hash
from ..checkpoints.object_keys import run_key
from ..checkpoints.published_run import PublishedRun, read_published_run
from ..checkpoints.state import find_workspace, read_rows
from ..checkpoints.turn import Turn
from ..checkpoints.workspace_map import KeptMap, Row, row_key
from ..checkpoints.workspace_state import StateRow, WorkspaceState
from ..covering.log_tiles import tile_reader
from ..covering.newest_run import find_newest_run, read_run
from ..covering.ports import LockedBucket, States
from ..errors import Contradiction, DamagedItem, Unreadable
from ..times import SECOND
from ..tlog.checkpoint import read_checkpoint
from ..tlog.note import Note
from ..tlog.tile_proofs import ReadTile, inclusion_path
from ..tlog.tiles import EMPTY_EDGE, TILE_WIDTH, Tile
from .ports import Positions

KEPT_SECONDS = 60
"""How long a process proves with the run that it knows, though there may be a newer one."""

IDLE_SECONDS = 120
"""Age of a run after which the bucket is asked for the one that follows. A restored table names an
old run; so does the table of a log in which nothing happens. While runs follow each other each
minute, this costs nothing."""


@dataclass(frozen=True, slots=True)
class NewestRun:
    """A run with all that proofs take from it.

    `note` is its checkpoint with the newest cosignatures, and `log_path` the path of its run entry.
    `state` is the whole state object, `rows` are its rows by their keys.
    """

    run: PublishedRun
    note: Note
    log_path: tuple[bytes, ...]
    state: bytes
    rows: dict[bytes, StateRow]
    map: KeptMap

    @property
    def origin(self) -> str:
        """The log's origin."""
        return self.run.checkpoint.origin

    def row(self, workspace_id: str) -> StateRow | None:
        """The row of a workspace; None if no run has seen it."""
        return self.rows.get(row_key(workspace_id))

    def workspace(self, workspace_id: str) -> WorkspaceState | None:
        """All that the state has of a workspace. Raises DamagedItem."""
        try:
            return find_workspace(self.state, self.rows.values(), row_key(workspace_id))
        except Unreadable as error:
            raise DamagedItem(f"the state of run {self.run.number}: {error}") from None


class NewestRuns:
    """The newest run, which this process remembers for KEPT_SECONDS.

    Times are in microseconds. Methods return None before the first run. They raise Unavailable, and
    DamagedItem when what a run has stored is not as it was.
    """

    def __init__(self, bucket: LockedBucket, states: States, positions: Positions) -> None:
        self._bucket = bucket
        self._states = states
        self._positions = positions
        self._known: NewestRun | None = None
        self._read_at = 0

    def get(self, now: int) -> NewestRun | None:
        """The newest run that was there at some time of the last KEPT_SECONDS."""
        if self._known and abs(now - self._read_at) < KEPT_SECONDS * SECOND:
            return self._known
        return self.read(now)

    def reaching(
        self, workspace_id: str, size: int, now: int, log_size: int = 0
    ) -> NewestRun | None:
        """The newest run. It is read again if the known one is not so far yet.

        That is, if it covers fewer records of the workspace than `size`, or has a smaller log. So
        this process never denies what another process has shown already.
        """
        newest = self.get(now)
        row = newest.row(workspace_id) if newest else None
        if newest is None or row is None or row.size < size or newest.run.edge.size < log_size:
            return self.read(now)
        return newest

    def read(self, now: int) -> NewestRun | None:
        """The newest run that is there now. Three calls; one if the newest run is known already.

        One more while a run is being published, one for a log in which nothing happens, and one for
        each run in 256 that fills a tile of the log.
        """
        try:
            self._known = self._read(now)
        except (Unreadable, Contradiction) as error:
            raise DamagedItem(f"what the log has published: {error}") from None
        self._read_at = now
        return self._known

    def _read(self, now: int) -> NewestRun | None:
        turn, cosigned = self._positions.position()
        run = self._find_run(turn, now)
        if run is None:
            if turn and turn.run > 1:
                raise Contradiction(f"The bucket has no run, and the turn is that of {turn.run}.")
            return None
        note = _newest_note(run.note, cosigned)
        if self._known and self._known.run == run:
            return replace(self._known, note=note)
        return _load(self._bucket, self._states, run, note)

    def _find_run(self, turn: Turn | None, now: int) -> PublishedRun | None:
        """The newest run. The turn's is being published, or is the newest one, or an old one."""
        run = self._named_run(turn)
        if run is None:
            return find_newest_run(self._bucket, 0)
        is_idle = now // SECOND - run.run_entry.time > IDLE_SECONDS
        if is_idle and self._bucket.read(run_key(run.number + 1)) is not None:
            return find_newest_run(self._bucket, run.number + 1)
        return run

    def _named_run(self, turn: Turn | None) -> PublishedRun | None:
        """The run of the turn, or the one before it; None if neither is there."""
        for number in (turn.run, turn.run - 1) if turn else ():
            if self._known and self._known.run.number == number:
                return self._known.run
            if number > 0 and (encoded := self._bucket.read(run_key(number))) is not None:
                return _read_run(encoded, number)
        return None


def _read_run(encoded: bytes, number: int) -> PublishedRun:
    run = read_published_run(encoded)
    if run.number != number:
        raise Unreadable(f"the object of run {number} holds run {run.number}")
    return run


def _load(bucket: LockedBucket, states: States, run: PublishedRun, note: Note) -> NewestRun:
    """Read the run's state. It must be the one that the run names, whose map the log signed."""
    state = states.read(run.state_version)
    if state is None or sha256(state).digest() != run.state_sha256:
        raise Unreadable(f"the state of run {run.number} is gone or another one")
    _, rows = read_rows(state)
    kept = KeptMap.of([Row(row.key, row.text_sha256) for row in rows])
    if kept.root != run.run_entry.map_root:
        raise Unreadable(f"the map of run {run.number} is not that of its state")
    by_key = {row.key: row for row in rows}
    return NewestRun(run, note, _path_of_last_entry(bucket, run), state, by_key, kept)


def _path_of_last_entry(bucket: LockedBucket, run: PublishedRun) -> tuple[bytes, ...]:
    """The path of the log's last entry, from the log's right edge."""
    size = run.edge.size
    return tuple(inclusion_path(size - 1, size, log_reader(bucket, run), run.edge.compact_range))


def log_reader(bucket: LockedBucket, run: PublishedRun) -> ReadTile:
    """A function that reads the tiles of the log as it is with this run.

    The edge lacks a tile that the run has filled, which the next run puts. Then it follows from the
    edge of the run before.
    """
    filled = list[Tile]()
    if run.edge.size // TILE_WIDTH > (run.edge.size - len(run.entries)) // TILE_WIDTH:
        before = read_run(bucket, run.number - 1).edge if run.number > 1 else EMPTY_EDGE
        _, filled = before.extended([leaf_hash(each.encoded) for each in run.entries])
    return tile_reader(bucket, run.edge, filled)


def _newest_note(published: Note, cosigned: Note | None) -> Note:
    """The checkpoint as it was published, with newer cosignatures if there are any.

    The log's own signatures are only taken from what was published: nobody can change that.
    """
    if cosigned is None or cosigned.text != published.text:
        return published
    origin = read_checkpoint(published.text).origin
    return published.with_signatures(*(e for e in cosigned.signatures if e.name != origin))
