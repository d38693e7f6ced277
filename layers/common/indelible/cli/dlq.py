"""`indelible dlq`: look at the dead-letter queue, and send its messages again."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..times import format_time
from .options import AsJson, StackName
from .output import counted, print_json, print_table, say
from .stack import find_stack

if TYPE_CHECKING:
    from ..aws.dead_letters import DeadLetter

app = typer.Typer(
    no_args_is_help=True, help="Look at the dead-letter queue, and send its messages again."
)


@app.command("list")
def list_all(as_json: AsJson = False, stack: StackName = None) -> None:
    """List messages that could not be chained, and why. They stay where they are.

    SQS shows up to ten messages of each workspace, the oldest. Events are counted, never shown.

    Example: `indelible dlq list`
    """
    from ..aws.dead_letters import SQSDeadLetters

    found = find_stack(stack)
    dead_letters = SQSDeadLetters(found.sqs, found.dead_letter_queue_url)
    count = dead_letters.count()
    rows = [_as_json(letter) for letter in dead_letters.peek()]
    if as_json:
        print_json({"messages": rows, "count": max(count, len(rows))})
        return
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    say(f"{len(rows)} shown of {max(count, len(rows))}.")


def _as_json(letter: DeadLetter) -> dict[str, object]:
    return {
        "message_id": letter.id,
        "workspace_id": letter.workspace_id,
        "receive_count": letter.receive_count,
        "sent_at": format_time(letter.sent_at),
        "events": letter.events,
        "reason": _reason(letter),
    }


def _reason(letter: DeadLetter) -> str:
    return letter.reason or letter.unreadable or "receives used up"


@app.command()
def redrive(
    workspace: Annotated[
        str | None,
        typer.Argument(
            metavar="WORKSPACE",
            help="Only the messages of this workspace; without it, all.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    stack: StackName = None,
) -> None:
    """Send messages of the dead-letter queue to the writer again.

    Safe to stop and to repeat: a message is sent before it is deleted, so it is never lost, and
    the writer leaves out events that are chained already, however old they are. Messages that can
    never be chained stay, and are named.

    Example: `indelible dlq redrive ws_4kT9mQ2vXbN7cRd1 --yes`
    """
    from ..aws.dead_letters import SQSDeadLetters
    from ..aws.queue import SQSQueue
    from ..aws.workspaces import get_workspace

    found = find_stack(stack)
    if workspace is not None:
        get_workspace(found.table, workspace)
    whose = f"of {workspace}" if workspace else "of all workspaces"
    if not yes:
        typer.confirm(f"Send the dead letters {whose} to the writer again?", abort=True)
    dead_letters = SQSDeadLetters(found.sqs, found.dead_letter_queue_url)
    moved = 0
    staying: dict[str, DeadLetter] = {}
    for letter, went in dead_letters.redrive(SQSQueue(found.sqs, found.queue_url), workspace):
        if went:
            moved += 1
        else:
            staying[letter.id] = letter
    say(f"{counted(moved, 'message')} {whose} sent again, {len(staying)} kept.")
    if staying:
        rows = [(each.id, each.workspace_id, _reason(each)) for each in staying.values()]
        print_table(("message_id", "workspace_id", "reason"), rows)
