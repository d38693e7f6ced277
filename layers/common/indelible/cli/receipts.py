"""`indelible receipts check`: whether every accepted event is in the chain, and provably so.

A receipt is not signed. So only the sender can find out that an event was accepted and never
chained, or chained with another content: by keeping what it sent, and asking for a proof of each.
"""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import IndelibleError
from ..times import SECOND
from .api import Api, find_api
from .failure import REFUSED, UNABLE, exit_when_unable
from .options import AsJson, read_duration
from .output import counted, print_json, print_table, progress_bar, say
from .source import reading_from
from .trusted_keys import LogKey, PolicyFile, Trust, pinned_trust, trust_of_server

if TYPE_CHECKING:
    from .check_receipt import Checked, Kept, Result

app = typer.Typer(
    no_args_is_help=True, help="Check that every event for which you keep a receipt is provable."
)

REQUESTS_AT_A_TIME = 8
SHOWN = 100
"""Maximum receipts that are printed. The others are only counted."""


@app.callback()
def describe() -> None:
    """Keep the group of commands, though it has only one."""


@app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='Lines of JSON, each `{"receipt": {…}, "event": {…}}`. - is standard input.',
            show_default=False,
        ),
    ],
    older_than: Annotated[
        int,
        typer.Option(
            parser=read_duration,
            metavar="TIME",
            help="Check only receipts that are older, such as 15m.",
        ),
    ] = "15m",  # type: ignore[assignment]  # typer parses the default, too
    policy: PolicyFile = None,
    key: LogKey = None,
    as_json: AsJson = False,
) -> None:
    """Check that each event for which you keep a receipt is provably in the chain, as you sent it.

    For each receipt that is old enough it asks the API at INDELIBLE_URL for a proof, with the key
    in INDELIBLE_API_KEY, and compares the id and the content of the record with the event. Nobody
    else can find an event that was accepted and never chained: receipts are not signed.

    Exit status: 0 when all of them are proved, 1 when one is missing, not covered, has another
    content or the id of another event, or when they are in chains of several workspaces, 2 when the
    check could not be completed.

    Example: `indelible receipts check sent.ndjson --policy policy.txt`
    """
    with exit_when_unable():
        api = find_api()
        trust = pinned_trust(policy, key) or trust_of_server(api)
        outcomes = _check_all(api, trust, [*_read(file)], time.time(), older_than)
        counts = Counter(each.result for each in outcomes)
        if as_json:
            print_json(_as_json(outcomes, counts, trust))
        else:
            _say(outcomes, counts, trust)
    is_fault = any(each.result is not None and each.result.is_fault for each in outcomes)
    if is_fault or len(_workspaces(outcomes)) > 1:
        raise typer.Exit(REFUSED)
    if None in counts:
        raise typer.Exit(UNABLE)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A receipt and its result; None if the API did not say, and `detail` says why.

    `workspace_id` is the workspace whose chain has the event, if one is proved to have it.
    """

    kept: Kept
    result: Result | None
    detail: str
    workspace_id: str | None = None


def _read(file: Path) -> Iterator[Kept]:
    from .check_receipt import read_kept

    with reading_from(file, str(file)) as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield read_kept(number, line)


def _check_all(
    api: Api, trust: Trust, receipts: Sequence[Kept], now: float, older_than: int
) -> list[_Outcome]:
    """Check the receipts older than so many seconds, a few at a time, in their order.

    An id far ahead of `now` (Unix seconds) does not make a receipt young for ever.
    """
    from ..verifying.proof import MOST_AHEAD
    from .check_receipt import Checked, Result, check_receipt, lines_of_same_id

    earlier = lines_of_same_id(receipts)

    def examine(kept: Kept) -> Checked:
        first = earlier.get(kept.line)
        if first is not None:
            return Checked(Result.SAME_ID, f"line {first} has it, too, and no two events share one")
        if kept.time is not None and now - older_than < kept.time / SECOND <= now + MOST_AHEAD:
            return Checked(Result.TOO_YOUNG)
        return check_receipt(api, trust.policy, kept)

    def check_one(kept: Kept) -> _Outcome:
        try:
            return _Outcome(kept, *examine(kept))
        except IndelibleError as error:
            return _Outcome(kept, None, str(error))

    with progress_bar() as bar, ThreadPoolExecutor(REQUESTS_AT_A_TIME) as pool:
        found = pool.map(check_one, receipts)
        return [*bar.track(found, len(receipts), description="Checking")]


def _workspaces(outcomes: Iterable[_Outcome]) -> list[str]:
    """The workspaces whose chains have the events. An API key is one of a single workspace."""
    return sorted({each.workspace_id for each in outcomes if each.workspace_id is not None})


def _faults(outcomes: Iterable[_Outcome]) -> list[_Outcome]:
    return [each for each in outcomes if each.result is None or each.result.is_fault]


def _name(result: Result | None) -> str:
    return "unknown" if result is None else result.value


def _as_json(
    outcomes: list[_Outcome], counts: Counter[Result | None], trust: Trust
) -> dict[str, object]:
    faults, workspaces = _faults(outcomes), _workspaces(outcomes)
    return {
        "receipts": len(outcomes),
        "complete": not faults and len(workspaces) <= 1,
        "workspaces": workspaces,
        "keys": trust.origin,
        "results": {_name(result): count for result, count in counts.items()},
        "faults": [
            {
                "line": each.kept.line,
                "id": each.kept.event_id,
                "result": _name(each.result),
                "detail": each.detail,
            }
            for each in faults
        ],
    }


def _say(outcomes: list[_Outcome], counts: Counter[Result | None], trust: Trust) -> None:
    faults = _faults(outcomes)
    parts = ", ".join(f"{count:,} {_name(result)}" for result, count in counts.items())
    style = "bold red" if faults else "green"
    say(f"{counted(len(outcomes), 'receipt')}: {parts or 'none'}.", style)
    workspaces = _workspaces(outcomes)
    if len(workspaces) > 1:
        say(f"they are in the chains of several workspaces: {', '.join(workspaces)}", "bold red")
    elif workspaces:
        say(f"the proved events are in the chain of {workspaces[0]}")
    say(f"the keys of the log are {trust.origin}")
    if faults:
        print_table(
            ("event", "line", "result", "detail"),
            [
                (each.kept.event_id, each.kept.line, _name(each.result), each.detail)
                for each in faults[:SHOWN]
            ],
        )
        if len(faults) > SHOWN:
            say(f"{len(faults) - SHOWN:,} more are not shown; --json has all of them")
