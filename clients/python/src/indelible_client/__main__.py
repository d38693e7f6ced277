"""`python -m indelible_client spool show|drain FILE`: look into a spool, or send what it holds."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .errors import IndelibleError
from .recording.recorder import Recorder
from .recording.spool_schema import examine

_URL, _KEY = "INDELIBLE_URL", "INDELIBLE_API_KEY"


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if something waits after `drain` or the file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m indelible_client")
    spool = parser.add_subparsers(required=True).add_parser("spool", help="a spool file")
    commands = spool.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="show how many events wait; changes nothing")
    drain = commands.add_parser("drain", help=f"send them; reads {_URL} and {_KEY}")
    drain.add_argument("--timeout", type=float, default=60.0, help="seconds; default: 60")
    for command in (show, drain):
        command.add_argument("file", type=Path)
    given = parser.parse_args(arguments)
    if not given.file.exists():
        return _fail(f"{given.file} does not exist")
    try:
        return _show(given.file) if given.command == "show" else _drain(given.file, given.timeout)
    except IndelibleError as error:
        return _fail(str(error))


def _show(file: Path) -> int:
    found = examine(file)
    print(f"events: {found.events}, {found.bytes} bytes")
    if found.batch_key:
        print(f"open batch: {found.batch_events} events, key {found.batch_key}")
    return 0


def _drain(file: Path, timeout: float) -> int:
    url, key = os.environ.get(_URL), os.environ.get(_KEY)
    if not url or not key:
        return _fail(f"set {_URL} and {_KEY}")
    before = examine(file).events
    recorder = Recorder(key, url, spool=file, on_held=_print_held, on_refused=_print_refused)
    recorder.close(timeout)
    left = examine(file).events
    print(f"sent: {before - left}, waiting: {left}")
    return 1 if left else 0


def _print_held(held: object) -> None:
    if held is not None:
        print(held, file=sys.stderr)


def _print_refused(_event: object, errors: object) -> None:
    print(f"refused: {errors}", file=sys.stderr)


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
