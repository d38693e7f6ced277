"""`indelible checkpoint show`: the newest run of the log, or how far a workspace is covered."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..checkpoints.requests import ContinueRequest, RebuiltRequest, Request, RestartRequest
from ..checkpoints.state import decode_state
from ..checkpoints.workspace_state import Growth, Hold
from ..errors import DamagedItem, NotFound, Unreadable
from ..runtime.clock import now
from ..times import SECOND, format_time
from ..tlog.note import find_signature
from .log import OpenLog, open_log
from .options import AsJson, StackName
from .output import counted, print_facts, print_json, print_table, say
from .proof_words import format_seconds, key_as_json
from .standing import restart_as_json

if TYPE_CHECKING:
    from ..proving.coverage import Coverage
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
    from ..proving.log_keys import LogKeys

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
            {"workspace_id": each.workspace_id, "covered": each.size, **_hold_as_json(each.hold)}
            for each in workspaces
            if each.hold
        ],
        "requests": [_request_as_text(each) for each in log.turns.requests()],
    }


def _describe_witnesses(log: OpenLog, newest: NewestRun) -> list[dict[str, Any]]:
    """The witnesses that are asked, and others that have cosigned the newest run."""
    from ..aws.witness_list import WitnessList
    from ..proving.coverage import witness_times

    times = witness_times(newest.note)
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
    from ..proving.coverage import find_coverage

    last = log.ledger.newest(workspace_id)
    coverage = find_coverage(newest, log.bucket, workspace_id)
    if coverage is None or (last is None and newest.row(workspace_id) is None):
        raise NotFound(f"There is no chain of {workspace_id!r}, and the log has covered none.")
    return coverage, {
        "workspace_id": workspace_id,
        "records": last.last_sequence if last else 0,
        "covered": coverage.size,
        "epoch": coverage.epoch,
        "run": coverage.run,
        "run_time": format_seconds(coverage.run_time),
        "cosigned_at": {name: _time(time) for name, time in coverage.cosigned_at.items()},
        "coverage_since": format_seconds(coverage.since),
        "waits_since": _since(coverage.growth),
        "hold": coverage.hold and _hold_as_json(coverage.hold),
        "restarts": [restart_as_json(each) for each in coverage.restarts],
    }


def _hold_as_json(hold: Hold) -> dict[str, Any]:
    return {
        "since": format_time(hold.since),
        "type": hold.kind,
        "sequence": hold.sequence,
        "reason": hold.reason,
    }


def _request_as_text(request: Request | DamagedItem) -> str:
    if isinstance(request, DamagedItem):
        return str(request)
    if isinstance(request, RestartRequest):
        return f"restart {request.workspace_id}, which keeps {request.kept_size:,} records"
    if isinstance(request, ContinueRequest):
        return f"go on from the log {request.old_origin}"
    if isinstance(request, RebuiltRequest):
        return f"go on from the state of run {request.run} that was made anew"
    return f"take over with the table {request.table_arn}"


def _since(growth: Growth | None) -> str | None:
    return format_time(growth.since) if growth else None


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
        columns = ("workspace_id", "covered", "since", "type", "sequence", "reason")
        print_table(columns, [[each[name] for name in columns] for each in held])
    for request in facts["requests"]:
        say(f"requested of the next run: {request}")


def _say_workspace(facts: Mapping[str, Any], coverage: Coverage) -> None:
    covered = f"covered {facts['covered']:,} of {counted(facts['records'], 'record')}"
    vouched = "witnessed" if coverage.is_witnessed else "signed by the operator only"
    say(f"{facts['workspace_id']}: {covered}, {vouched}", "bold red" if coverage.hold else "green")
    for each in coverage.restarts:
        say(str(each), "bold red")
    if coverage.hold:
        hold = facts["hold"]
        say(
            f"held since {hold['since']}: record {hold['sequence']} does not verify"
            f" ({hold['type']}: {hold['reason']})",
            "bold red",
        )
    elif facts["waits_since"]:
        say(f"more has waited since {facts['waits_since']}")
    say(f"as of run {facts['run']} at {facts['run_time']}, epoch {facts['epoch']}")
    for name, time in facts["cosigned_at"].items():
        say(f"cosigned by {name} at {time}, as this server says")
    say(f"coverage exists since {facts['coverage_since']}: what was changed before cannot be found")
