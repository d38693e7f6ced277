"""`indelible index`: check whether an index hides events of its chain, and rebuild it."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
from dataclasses import dataclass, field

import typer

from ..index.audit import audit
from ..index.compare import Difference, Kind
from ..index.rebuild import Rebuilt, rebuild
from .failure import REFUSED, exit_when_unable
from .options import AsJson, StackName, WorkspaceId
from .output import counted, print_json, progress_bar, say
from .stack import find_stack

app = typer.Typer(
    no_args_is_help=True, help="Check the index that lists with filters use, and rebuild it."
)

SHOWN_DIFFERENCES = 100
"""Maximum differences that are printed. There may be some for every block."""


@dataclass(slots=True)
class _Findings:
    """The result of an audit so far: counts, and the first differences."""

    records: int = 0
    wrong: int = 0
    slow: int = 0
    shown: list[Difference] = field(default_factory=list)

    def add(self, differences: list[Difference]) -> None:
        for each in differences:
            is_slow = each.kind == Kind.SLOW
            self.slow += is_slow
            self.wrong += not is_slow
            if len(self.shown) < SHOWN_DIFFERENCES:
                self.shown.append(each)


def _refuse_without_name(workspace_id: str) -> None:
    if not workspace_id.strip():
        raise typer.BadParameter("must not be empty", param_hint="WORKSPACE")


@app.command("verify")
def verify_index(workspace: WorkspaceId, as_json: AsJson = False, stack: StackName = None) -> None:
    """Compute a workspace's index again from its chain, and compare it with the stored one.

    Exit status: 0 when the index hides nothing, 1 when it hides records, misleads or stops the
    indexer, 2 when the check could not be completed.

    Each difference is a line. Lists with filters do not find a hidden record. A difference marked
    as slow, such as a missing block, makes lists read more and is no error.
    `indelible index rebuild` repairs both. Run `indelible verify` first: it checks the chain.

    Example: `indelible index verify ws_4kT9mQ2vXbN7cRd1`
    """
    from ..aws.index import DynamoDBIndex
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    _refuse_without_name(workspace)
    with exit_when_unable():
        table = find_stack(stack).table
        get_workspace(table, workspace)
        ledger, started = DynamoDBLedger(table), time.perf_counter()
        newest, findings = ledger.newest(workspace), _Findings()
        with progress_bar() as progress:
            task = progress.add_task("Comparing", total=newest.last_sequence if newest else 0)
            for step in audit(ledger, DynamoDBIndex(table), workspace):
                findings.records += step.records
                findings.add(step.differences)
                progress.advance(task, step.records)
        seconds = time.perf_counter() - started
        if as_json:
            print_json(_findings_as_json(workspace, findings, seconds))
        else:
            _say_findings(workspace, findings, seconds)
    if findings.wrong:
        raise typer.Exit(REFUSED)


def _findings_as_json(workspace_id: str, findings: _Findings, seconds: float) -> dict[str, object]:
    return {
        "workspace_id": workspace_id,
        "hides_nothing": not findings.wrong,
        "records": findings.records,
        "wrong": findings.wrong,
        "slow": findings.slow,
        "seconds": round(seconds, 3),
        "differences": [
            {
                "kind": each.kind.value,
                "what": each.what,
                "block": each.block,
                "first_sequence": each.first_sequence,
                "last_sequence": each.last_sequence,
                "pages": each.pages,
                "records": each.records,
            }
            for each in findings.shown
        ],
    }


def _say_findings(workspace_id: str, findings: _Findings, seconds: float) -> None:
    read = f"compared with {counted(findings.records, 'record')} in {seconds:.1f} seconds"
    if findings.wrong:
        places = counted(findings.wrong, "place")
        say(f"The index of {workspace_id} is wrong in {places}: {read}.", "bold red")
    else:
        say(f"The index of {workspace_id} hides nothing: {read}.", "green")
    for each in findings.shown:
        say(_sentence(each))
    if (more := findings.wrong + findings.slow - len(findings.shown)) > 0:
        say(f"and {counted(more, 'difference')} more")
    if findings.wrong or findings.slow:
        say(f"Run `indelible index rebuild {workspace_id}` to repair it.")


def _sentence(found: Difference) -> str:
    block = f"block {found.block} (sequences {found.first_sequence} to {found.last_sequence})"
    if found.kind == Kind.HIDES:
        return _sentence_of_hidden(found, block)
    if found.kind == Kind.MISLEADS:
        return f"directory of {block}: misleading, names segments that are not in the chain"
    if found.kind == Kind.BEYOND and found.pages:
        pages = counted(found.pages, "page")
        beyond = "beyond the end of the chain, would hide records chained there later"
        return f"{found.what} {block}: {pages} {beyond}"
    if found.kind == Kind.BEYOND:
        return f"directory of {block}: beyond the end of the chain, stops the indexer"
    if found.what == "directory":
        return f"directory of {block}: missing or incomplete; slow, not wrong"
    pages = counted(found.pages, "page")
    why = "blank, missing, unreadable or of another version"
    return f"{found.what} {block}: {pages} {why}; slow, not wrong"


def _sentence_of_hidden(found: Difference, block: str) -> str:
    records, pages = counted(found.records, "record"), counted(found.pages, "page")
    if found.what == "directory":
        return f"directory of {block}: {records} hidden from lists by when they happened"
    return f"{found.what} {block}: {records} hidden by {pages}"


@app.command("rebuild")
def rebuild_index(workspace: WorkspaceId, as_json: AsJson = False, stack: StackName = None) -> None:
    """Build every block of a workspace's index again from its chain.

    Run it when `indelible verify` says that the chain is valid, and run `indelible index verify`
    afterwards. It builds every complete block of the chain, including missing ones. It blanks the
    pages of incomplete blocks, and removes directories beyond the end of the chain, because they
    stop the indexer. You can stop and repeat it, and run it while events arrive. Do not run it
    while segments are being changed.

    Example: `indelible index rebuild ws_4kT9mQ2vXbN7cRd1`
    """
    from ..aws.index_repair import DynamoDBRepairableIndex
    from ..aws.ledger import DynamoDBLedger
    from ..aws.workspaces import get_workspace

    _refuse_without_name(workspace)
    table = find_stack(stack).table
    get_workspace(table, workspace)
    ledger, index, done = DynamoDBLedger(table), DynamoDBRepairableIndex(table), Rebuilt()
    newest = ledger.newest(workspace)
    with progress_bar() as progress:
        blocks = newest.last_sequence // index.geometry.narrow.span if newest else 0
        task = progress.add_task("Rebuilding", total=blocks)
        for done in rebuild(ledger, index, workspace):
            progress.update(task, completed=done.blocks)
    if as_json:
        print_json(
            {
                "workspace_id": workspace,
                "blocks": done.blocks,
                "pages_blanked": done.pages_blanked,
                "directories_removed": done.directories_removed,
            }
        )
        return
    removed = done.directories_removed
    say(
        f"{counted(done.blocks, 'block')} of {workspace} rebuilt,"
        f" {counted(done.pages_blanked, 'page')} beyond them blanked,"
        f" {removed:,} {'directory' if removed == 1 else 'directories'} removed."
    )
