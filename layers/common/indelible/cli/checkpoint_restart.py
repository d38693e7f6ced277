"""`indelible checkpoint restart` and `take-over`: what operators request of the next run."""

# ruff: noqa: PLC0415 (what few commands need is imported when one of them runs)
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..checkpoints.requests import RestartRequest, TakeOverRequest
from ..checkpoints.state import decode_state
from ..checkpoints.workspace_state import MAX_RESTARTS, WorkspaceState
from ..encoding import replace_surrogates
from ..errors import DamagedItem, IndelibleError, NotFound, Unreadable
from ..runtime.clock import now
from ..verifying.breaks import BreakType
from .checkpoint_show import OptionalWorkspace
from .log import OpenLog, open_log, state_of
from .options import StackName, Yes
from .output import confirm, counted, note, progress_bar, say

if TYPE_CHECKING:
    from ..covering.kept import Kept
    from ..proving.newest import NewestRun

MAX_REASON = 1_000


def _check_reason(text: str) -> str:
    if not text.strip() or len(text) > MAX_REASON or replace_surrogates(text) != text:
        raise typer.BadParameter(f"must be a text of 1 to {MAX_REASON:,} characters")
    return text


def restart(
    reason: Annotated[
        str,
        typer.Option(
            callback=_check_reason,
            metavar="TEXT",
            help="Why. The chain gets the text, and the log its hash.",
            show_default=False,
        ),
    ],
    workspace: OptionalWorkspace = None,
    all_truncated: Annotated[
        bool,
        typer.Option(
            "--all-truncated",
            help="Restart all chains that end before their last covered record, as after a table "
            "was restored.",
        ),
    ] = False,
    yes: Yes = False,
    stack: StackName = None,
) -> None:
    """Let the log cover a chain again whose covered records are lost. It stays visible for ever.

    First put the lost records back, if they are anywhere: a backup of the table or an export. This
    command compares the chain with the tiles in the locked bucket, shows what is lost, and asks.
    Then the next run begins a new epoch. The log has an entry about it, and the chain an event
    `indelible.chain_restarted`. Every verdict says from then on which records are lost.

    Safe to repeat: one restart has one entry and one event.

    Example: `indelible checkpoint restart ws_4kT9mQ2vXbN7cRd1 --reason "Table restored to 12:00"`
    """
    if (workspace is not None) == all_truncated:
        raise typer.BadParameter("Give either a WORKSPACE or --all-truncated.")
    log = open_log(stack)
    newest = log.newest_run()
    states = _truncated(log, newest) if workspace is None else [state_of(newest, workspace)]
    found = [(state, _compare(log, newest, state)) for state in states]
    for state, kept in found:
        _say_kept(state, kept)
    if not yes:
        confirm(f"Restart {counted(len(found), 'chain')}? Nobody can undo it.")
    for state, kept in found:
        request = RestartRequest(state.workspace_id, state.epoch, kept.size, reason)
        _submit_event(log, request, kept)
        log.turns.request(request, now())
        say(f"{state.workspace_id} is restarted by the next run.")


def _truncated(log: OpenLog, newest: NewestRun) -> list[WorkspaceState]:
    """The workspaces whose chain ends too early. NotFound if there is none."""
    from ..covering.covered_head import check_covered_head

    try:
        states = decode_state(newest.state).workspaces
    except Unreadable as error:
        raise DamagedItem(f"the state of run {newest.run.number}: {error}") from None
    found, others = list[WorkspaceState](), list[str]()
    with progress_bar() as bar:
        for state in bar.track(states, description="Looking at chains"):
            broken = check_covered_head(log.ledger, state)
            if broken and broken.type == BreakType.TRUNCATED:
                found.append(state)
            elif broken:
                others.append(state.workspace_id)
    for each in others:
        note(f"{each} is damaged in another way, and is left out. Restart it by itself.")
    if not found:
        raise NotFound("No chain ends before its last covered record.")
    return found


def _compare(log: OpenLog, newest: NewestRun, state: WorkspaceState) -> Kept:
    from ..covering.kept import find_kept

    if state.epoch >= MAX_RESTARTS:
        raise IndelibleError(
            f"{state.workspace_id} was restarted {MAX_RESTARTS} times, and cannot be again."
        )
    with progress_bar() as bar:
        task = bar.add_task(f"Comparing {state.workspace_id}", total=state.size)
        kept = find_kept(
            log.ledger,
            log.bucket,
            log.states,
            newest.run,
            state,
            lambda records: bar.update(task, completed=records),
        )
    if not kept.lost:
        raise IndelibleError(
            f"The chain of {state.workspace_id} has all {counted(state.size, 'record')} that are"
            f" covered, so there is nothing to restart.{_what_holds(state)}"
        )
    return kept


def _what_holds(state: WorkspaceState) -> str:
    held = state.hold
    if held is None:
        return ""
    return (
        f" It is held because record {held.sequence} does not verify ({held.kind}): put the record"
        " back as it was, from a backup of the table."
    )


def _say_kept(state: WorkspaceState, kept: Kept) -> None:
    first, last = kept.lost[0], kept.lost[-1]
    say(
        f"{state.workspace_id}: of {counted(kept.covered, 'covered record')} the chain has the"
        f" first {kept.size:,} as they were; records {first} to {last} are lost.",
        "bold red",
    )
    if not kept.is_exact:
        say(
            f"The chain has {counted(kept.records, 'record')}. Nothing that is kept shows whether"
            f" some from {first} on are as they were, so they count as lost."
        )
    if kept.broken:
        found = kept.broken
        say(
            f"The chain itself is broken at record {found.sequence} ({found.type.value}). The new"
            " epoch is covered up to there only, until that is repaired.",
            "bold red",
        )


def _submit_event(log: OpenLog, request: RestartRequest, kept: Kept) -> None:
    from ..ingest.receipt import IdempotencyConflict
    from .restart_event import event_sent_before, submit_restart_event

    try:
        event_id = submit_restart_event(log.stack, request, kept, now())
        note(f"The event {event_id} says so in the chain of {request.workspace_id}.")
    except IdempotencyConflict as error:
        note(
            f"The event {event_sent_before(error)} of this restart was accepted before, with"
            " another reason or another size. It stays as it is."
        )


def take_over(yes: Yes = False, stack: StackName = None) -> None:
    """Let this stack go on with the log in its bucket, whose runs read another table so far.

    Run it for a stack that was created again, or whose table was restored under another name. Two
    stacks must never write one log: delete the other stack, or switch its schedule off, first.

    Example: `indelible checkpoint take-over`
    """
    from ..covering.newest_run import find_newest_run

    log = open_log(stack)
    found = log.turns.read()
    newest = find_newest_run(log.bucket, found.run if found else 0)
    if newest is None:
        raise NotFound(f"The log {log.origin} has no run yet, so there is nothing to take over.")
    table_arn = log.table_arn()
    if newest.table_arn == table_arn:
        raise IndelibleError(f"The log's newest run already read the table {table_arn}.")
    say(f"The log {newest.checkpoint.origin} has {newest.number} runs.")
    say(f"Its newest run read  {newest.table_arn}")
    say(f"This stack has       {table_arn}")
    if not yes:
        confirm("Has the other stack stopped permanently? Let this one go on with the log?")
    log.turns.request(TakeOverRequest(table_arn), now())
    say("The next run takes over.")
