"""`indelible checkpoint fetch`: a checkpoint to keep, and a whole tree as files."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import IndelibleError
from .checkpoint_show import OptionalWorkspace
from .log import open_log, state_of
from .options import StackName, read_file_name
from .output import counted, note
from .target import STANDARD_OUTPUT, writing_to

if TYPE_CHECKING:
    from ..proving.log_layout import File

READS_AT_A_TIME = 16


def fetch(
    workspace: OptionalWorkspace = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            parser=read_file_name,
            metavar="FILE",
            help="The file to write. Default: standard output.",
            show_default=False,
        ),
    ] = STANDARD_OUTPUT,
    tiles: Annotated[
        Path | None,
        typer.Option(
            "--tiles",
            parser=read_file_name,
            metavar="FOLDER",
            help="Write the whole tree into this folder instead, in the layout of C2SP tlog-tiles.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
    stack: StackName = None,
) -> None:
    """Write the checkpoint file of a workspace; without one, the log's newest checkpoint.

    Keep the file where the operators of this stack cannot change it. `indelible verify --checkpoint
    FILE` checks it offline, and `--against-log` later shows that nothing of it was taken back.

    With `--tiles`, other tools check the whole tree: of the log, or of a workspace. Fetching into
    the same folder again adds what is new. A file that is there and differs is refused: the log or
    the chain was another one.

    Example: `indelible checkpoint fetch ws_4kT9mQ2vXbN7cRd1 --out acme.tlog-proof`
    """
    from ..proving.checkpoint_file import make_checkpoint_file
    from ..proving.log_layout import log_files, workspace_files

    log = open_log(stack)
    newest = log.newest_run()
    if tiles is None:
        file = newest.note if workspace is None else make_checkpoint_file(newest, workspace)
        with writing_to(out, force=force or out == STANDARD_OUTPUT) as stream:
            stream.write(file.encoded)
        return
    if out != STANDARD_OUTPUT:
        raise typer.BadParameter("--out and --tiles are mutually exclusive.")
    with ThreadPoolExecutor(READS_AT_A_TIME) as pool:
        if workspace is None:
            written = _write(tiles, log_files(log.bucket, newest, pool.map))
        else:
            state = state_of(newest, workspace)
            files = workspace_files(log.bucket, log.ledger, newest, state, pool.map)
            written = _write(tiles, files)
    note(f"{tiles} has {counted(written, 'file')}, as of run {newest.run.number}.")


def _write(folder: Path, files: Iterable[File]) -> int:
    """Write files that never change, and checkpoints, which do. Returns the number of files."""
    from ..proving.log_layout import CHECKPOINT

    count = 0
    for path, content in files:
        target = folder / path
        is_checkpoint = path.startswith(CHECKPOINT)
        if not is_checkpoint and target.exists() and target.read_bytes() != content:
            raise IndelibleError(
                f"{target} differs from the one in the bucket: this tree was once another one."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with writing_to(target, force=True) as stream:
            stream.write(content)
        count += 1
    return count
