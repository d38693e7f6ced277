"""`indelible checkpoint show`: the newest run of the log, or how far a workspace is covered."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..checkpoints.requests import ContinueRequest, RebuiltRequest, Request, RestartRequest
from ..checkpoints.state import decode_state
from ..checkpoints.watched import LOG
from ..errors import DamagedItem, NotFound, Unreadable
from ..runtime.clock import now
from ..times import SECOND, format_seconds, format_time
from ..tlog.cosignature import unchecked_times
from ..tlog.note import find_signature
from ..verifying.coverage import Coverage, findings_as_json, hold_as_json
from .coverage_words import say_coverage, say_warnings
from .log import OpenLog, open_log
from .options import AsJson, StackName
from .output import counted, print_facts, print_json, print_table, say
from .proof_words import key_as_json

if TYPE_CHECKING:
    from ..proving.newest import NewestRun

OptionalWorkspace = Annotated[
    str | None,
    typer.Argument(
        metavar="[WORKSPACE]",
        help="The workspace's id, such as ws_4kT9mQ2vXbN7cRd1.",
        show_default=False,
    ),
]


def show(
    workspace: OptionalWorkspace = None, as_json: AsJson = False, stack: StackName = None
) -> None:
    """Show the log's newest run and what it waits for; or how far a workspace is covered.

    It shows what the buckets and the table say, and checks no signature. `indelible verify
    --checkpoint FILE` checks a file that `checkpoint fetch` or the API has given.

    Example: `indelible checkpoint show`, or `indelible checkpoint show ws_4kT9mQ2vXbN7cRd1`
    """
    log = open_log(stack)
    newest = log.newest_run()
    if workspace is None:
        facts = _describe_log(log, newest)
        if as_json:
            print_json(facts)
        else:
            _say_log(facts)
        return
    coverage, facts = _describe_workspace(log, newest, workspace)
    if as_json:
        print_json(facts)
    else:
        _say_workspace(facts, coverage)


def _describe_log(log: OpenLog, newest: NewestRun) -> dict[str, Any]:
    from ..aws.scrub_verdicts import DynamoDBScrubVerdicts
    from ..proving.log_keys import LogKeys

    watched = DynamoDBScrubVerdicts(log.stack.table).watched(LOG)
    try:
        workspaces = decode_state(newest.state).workspaces
    except Unreadable as error:
        raise DamagedItem(f"the state of run {newest.run.number}: {error}") from None
    checkpoint, moment = newest.run.checkpoint, now()
    waiting = [each.growth.since for each in workspaces if each.growth and not each.hold]
    return {
        "origin": newest.origin,
        "run": newest.run.number,
        "run_time": format_seconds(newest.run.run_entry.time),
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "table_arn": newest.run.table_arn,
        "workspaces": len(workspaces),
        "records": sum(each.size for each in workspaces),
        "lag_seconds": max(0, moment - min(waiting)) // SECOND if waiting else 0,
        "keys": [
            {
                **key_as_json(each.key),
                "first_size": each.first_size,
                "signed": find_signature(newest.note, each.key) is not None,
            }
            for each in LogKeys(log.bucket).get(moment)
        ],
        "witnesses": _describe_witnesses(log, newest),
        "restarts": sum(len(each.restarts) for each in workspaces),
        "held": [
            {"workspace_id": each.workspace_id, "covered_to": each.size, **hold_as_json(each.hold)}
            for each in workspaces
            if each.hold
        ],
        "findings": findings_as_json(watched) if watched else [],
        "requests": [_request_as_text(each) for each in log.turns.requests()],
    }


def _describe_witnesses(log: OpenLog, newest: NewestRun) -> list[dict[str, Any]]:
    """The witnesses that are asked, and others that have cosigned the newest run."""
    from ..aws.witness_list import WitnessList

    times = unchecked_times(newest.note)
    found = list[dict[str, Any]]()
    for each in WitnessList(log.stack.table).list():
        if isinstance(each, DamagedItem):
            found.append({"name": None, "url": None, "cosigned_at": None, "failure": str(each)})
        else:
            time = times.pop(each.key.name, None)
            found.append({"name": each.key.name, "url": each.url, "cosigned_at": _time(time)})
    others = [{"name": name, "url": None, "cosigned_at": _time(at)} for name, at in times.items()]
    return [*found, *others]


def _describe_workspace(
    log: OpenLog, newest: NewestRun, workspace_id: str
) -> tuple[Coverage, dict[str, Any]]:
    from ..aws.scrub_verdicts import DynamoDBScrubVerdicts
    from ..proving.restarts import LoggedPast
    from ..proving.standing import standing_of

    last = log.ledger.newest(workspace_id)
    if last is None and newest.row(workspace_id) is None:
        raise NotFound(f"There is no chain of {workspace_id!r}, and the log has covered none.")
    watched = DynamoDBScrubVerdicts(log.stack.table).watched(workspace_id)
    standing = standing_of(newest, LoggedPast(log.bucket), watched, workspace_id)
    growth = standing.state.growth
    return standing.coverage, {
        "workspace_id": workspace_id,
        "records": last.last_sequence if last else 0,
        "waits_since": format_time(growth.since) if growth else None,
        "coverage": standing.coverage.as_json(),
    }


def _request_as_text(request: Request | DamagedItem) -> str:
    if isinstance(request, DamagedItem):
        return str(request)
    if isinstance(request, RestartRequest):
        return f"restart {request.workspace_id}, which keeps {request.kept_size:,} records"
    if isinstance(request, ContinueRequest):
        return f"go on from the log {request.old_origin}"
    if isinstance(request, RebuiltRequest):
        return f"go on from the rebuilt state of run {request.run}"
    return f"take over with the table {request.table_arn}"


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else format_seconds(seconds)


def _say_log(facts: Mapping[str, Any]) -> None:
    keys, witnesses, held = facts["keys"], facts["witnesses"], facts["held"]
    shown = {name: value for name, value in facts.items() if not isinstance(value, list)}
    print_facts(shown)
    for each in keys:
        does = "signed this run" if each["signed"] else "did not sign this run"
        say(f"key {each['vkey']}, from size {each['first_size']}: {does}")
        say(f"    SHA-256 of its public key {each['sha256']}")
    if witnesses:
        rows = [(each["name"], each["url"], each["cosigned_at"]) for each in witnesses]
        print_table(("witness", "url", "cosigned_at"), rows)
    else:
        say("No witness: this run is signed by the operator only.")
    if held:
        say(f"{counted(len(held), 'workspace')} held:", "bold red")
        columns = ("workspace_id", "covered_to", "since", "type", "sequence", "detail")
        print_table(columns, [[each[name] for name in columns] for each in held])
    for each in facts["findings"]:
        found = f"{each['type']}, since {each['since']}: {each['detail']}"
        say(f"the watcher has found {found}", "bold red")
    for request in facts["requests"]:
        say(f"requested of the next run: {request}")


def _say_workspace(facts: Mapping[str, Any], coverage: Coverage) -> None:
    covered = f"covered {coverage.size:,} of {counted(facts['records'], 'record')}"
    style = "bold red" if coverage.hold else "green"
    say(f"{facts['workspace_id']}: {covered}, {coverage.status.words}", style)
    say_coverage(coverage, facts["records"])
    say_warnings(coverage)
    if hold := coverage.hold:
        say(
            f"held since {format_time(hold.since)}: record {hold.sequence} does not verify"
            f" ({hold.kind}: {hold.reason})",
            "bold red",
        )
    elif facts["waits_since"]:
        say(f"more has waited since {facts['waits_since']}")
    for name, time in (coverage.cosigned_at or {}).items():
        say(f"cosigned by {name} at {format_seconds(time)}, as this server says")
