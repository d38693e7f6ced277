"""`indelible verify --all`: verifies the chain of every workspace, and gives one verdict."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import IndelibleError, NotFound
from .coverage_words import restart_sentences
from .failure import REFUSED, UNABLE, sentence_of
from .output import counted, print_json, print_table, progress_bar, say
from .standing import FindStanding
from .verdict import Verdict, say_breaks, verdict_as_json
from .verify_table import Progress, verify_table

if TYPE_CHECKING:
    from ..aws.table import Table
    from ..verifying.in_processes import Verify

_VALID, _BROKEN, _UNKNOWN = "valid", "broken", "not verified"


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is known of a workspace. `failure` says why there is no verdict on it, if so."""

    workspace_id: str
    verdict: Verdict
    seconds: float
    failure: str | None = None

    @property
    def result(self) -> str:
        """The verdict in a word or two."""
        if self.failure is not None:
            return _UNKNOWN
        return _BROKEN if self.verdict.broken else _VALID

    def as_json(self) -> dict[str, object]:
        """The object that `verify --json` prints, and `failure`. Without verdict, `valid` is null.

        What was read until the failure proves nothing, so it is not shown.
        """
        found = verdict_as_json(self.workspace_id, self.verdict, self.seconds)
        return {**found, "failure": self.failure, **({"valid": None} if self.failure else {})}


def verify_all(
    table: Table, verify: Verify, find_standing: FindStanding | None, *, as_json: bool
) -> int:
    """Verify all workspaces and print the verdict. Returns the exit status.

    It is REFUSED if a chain is broken, and else UNABLE if one could not be verified. Neither keeps
    the others from being verified. NotFound when there is no workspace.
    """
    started = time.perf_counter()
    outcomes = _verify_each(table, verify, find_standing)
    seconds = time.perf_counter() - started
    if as_json:
        print_json(_as_json(outcomes, seconds))
    else:
        _say(outcomes, seconds)
    results = {each.result for each in outcomes}
    return REFUSED if _BROKEN in results else UNABLE if _UNKNOWN in results else 0


def _verify_each(
    table: Table, verify: Verify, find_standing: FindStanding | None
) -> list[_Outcome]:
    from ..aws.workspaces import list_workspace_ids

    workspace_ids, outcomes = list_workspace_ids(table), list[_Outcome]()
    if not workspace_ids:
        raise NotFound(f"The table {table.name} has no workspace.")
    with progress_bar() as bar:
        task = bar.add_task("Verifying workspaces", total=len(workspace_ids))

        def show(records: int, length: int | None) -> None:
            part = min(records / length, 1) if length else 0
            bar.update(task, completed=len(outcomes) + part)

        for workspace_id in workspace_ids:
            outcomes.append(_verify_one(table, workspace_id, verify, show, find_standing))
            show(0, None)
    return outcomes


def _verify_one(
    table: Table,
    workspace_id: str,
    verify: Verify,
    show: Progress,
    find_standing: FindStanding | None,
) -> _Outcome:
    started, verdict, failure = time.perf_counter(), Verdict(), None
    try:
        verdict = verify_table(table, workspace_id, verify, show, None, find_standing)
    except IndelibleError as error:
        failure = sentence_of(error)
    except Exception as error:  # noqa: BLE001 (a bug that one chain meets must not hide the others)
        traceback.print_exc()
        failure = f"The verifier failed: {error!r}"
    return _Outcome(workspace_id, verdict, time.perf_counter() - started, failure)


def _total(outcomes: Iterable[_Outcome]) -> tuple[int, int]:
    """The records and segments that were verified."""
    verdicts = [each.verdict for each in outcomes]
    return sum(each.records for each in verdicts), sum(each.segments for each in verdicts)


def _as_json(outcomes: list[_Outcome], seconds: float) -> dict[str, object]:
    (records, segments), results = _total(outcomes), Counter(each.result for each in outcomes)
    return {
        "valid": results.keys() == {_VALID},
        "records": records,
        "segments": segments,
        "broken": results[_BROKEN],
        "not_verified": results[_UNKNOWN],
        "seconds": round(seconds, 3),
        "workspaces": [each.as_json() for each in outcomes],
    }


def _say(outcomes: list[_Outcome], seconds: float) -> None:
    print_table(
        ("workspace", "verdict", "records", "head"),
        [(e.workspace_id, e.result, e.verdict.records, e.verdict.head_text) for e in outcomes],
    )
    for each in outcomes:
        if each.failure is not None:
            say(f"{each.workspace_id} could not be verified. {each.failure}", "bold red")
        elif each.verdict.broken:
            places = counted(each.verdict.broken, "place")
            say(f"{each.workspace_id} is broken in {places}.", "bold red")
            say_breaks(each.verdict)
        for sentence in restart_sentences(each.verdict.coverage) if each.verdict.coverage else ():
            say(f"{each.workspace_id}: {sentence}", "bold red")
    (records, segments), results = _total(outcomes), Counter(each.result for each in outcomes)
    read = f"{counted(records, 'record')} in {counted(segments, 'segment')}"
    parts = [f"{results[each]} {each}" for each in (_VALID, _BROKEN, _UNKNOWN) if results[each]]
    is_valid = results.keys() == {_VALID}
    found = ", ".join(parts)
    say(
        f"{counted(len(outcomes), 'workspace')}: {found}; {read}.",
        "green" if is_valid else "bold red",
    )
    say(f"verified in {seconds:.1f} seconds, {records / seconds:,.0f} records a second")
