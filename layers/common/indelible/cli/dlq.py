"""`indelible dlq`: list the messages of the dead-letter queue, redrive them, discard them."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Unreached
from ..runtime.clock import now
from ..times import format_time
from .options import AsJson, StackName, Yes
from .output import confirm, counted, print_json, print_table, say, waiting
from .stack import find_stack

if TYPE_CHECKING:
    from ..aws.dead_letters import SQSDeadLetters
    from ..writing.dead_letter import DeadLetter
    from .stack import Stack

app = typer.Typer(
    no_args_is_help=True,
    help="List the messages of the dead-letter queue, redrive them, or discard them.",
)

_TRY_AGAIN = "Somebody else may be looking at them; run this command again in two minutes."

_Workspace = Annotated[
    str | None,
    typer.Argument(
        metavar="WORKSPACE",
        help="Only messages of this workspace. Default: all workspaces.",
        show_default=False,
    ),
]

_WithoutNewer = Annotated[
    bool,
    typer.Option(
        "--without-newer",
        help="Set messages aside that only a newer version can read, so that they do not hold up "
        "the others. Default: they are sent too.",
        show_default=False,
    ),
]

_FromQueue = Annotated[
    str | None,
    typer.Option(
        "--from-queue",
        metavar="URL",
        help="Another queue than the stack's dead-letter queue, such as one that a deleted stack "
        "left behind.",
        show_default=False,
    ),
]


@app.command("list")
def list_all(
    as_json: AsJson = False, from_queue: _FromQueue = None, stack: StackName = None
) -> None:
    """List messages that could not be chained, each with the reason. The messages stay.

    SQS shows every message that was set aside, and up to ten others of each workspace, the oldest
    ones. The content of events is never shown.

    Example: `indelible dlq list`
    """
    dead_letters = _dead_letters(find_stack(stack), from_queue)
    count = sum(dead_letters.counts())
    rows = [_as_json(letter) for letter in dead_letters.peek(now())]
    if as_json:
        print_json({"messages": rows, "count": max(count, len(rows))})
        return
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    say(f"{len(rows)} shown of {max(count, len(rows))}.")


@app.command()
def redrive(
    workspace: _Workspace = None,
    yes: Yes = False,
    without_newer: _WithoutNewer = False,
    from_queue: _FromQueue = None,
    stack: StackName = None,
) -> None:
    """Send messages of the dead-letter queue to the writer again.

    You can stop and repeat this command. A message is sent before it is deleted, so it is never
    lost, and the writer skips events that are chained already. Messages that cannot be chained are
    set aside and listed. Exits with 1 when a message could not be reached.

    With `--from-queue`, the messages of a retained queue are sent: accepted events that a deleted
    stack did not chain.

    Example: `indelible dlq redrive ws_4kT9mQ2vXbN7cRd1 --yes`
    """
    from ..aws.queue import SQSQueue
    from ..aws.redrive import redrive as send_again
    from ..aws.workspaces import get_workspace

    found = find_stack(stack)
    if workspace is not None:
        get_workspace(found.table, workspace)
    if from_queue == found.queue_url:
        raise typer.BadParameter("This is the queue that messages are sent to.")
    dead_letters, of_workspace = _dead_letters(found, from_queue), _of_workspace(workspace)
    if not yes:
        confirm(f"Send the dead letters {of_workspace} to the writer again?")
    queue = SQSQueue(found.sqs, found.queue_url)
    done = send_again(dead_letters, queue, workspace, now, _wait, with_newer=not without_newer)
    say(f"{counted(done.sent, 'message')} {of_workspace} sent again, {len(done.staying)} kept.")
    _print_letters(done.staying.values())
    if any(letter.is_hopeless for letter in done.staying.values()):
        say("Some can never be chained. Look at them, then run `indelible dlq discard`.")
    if done.unreached:
        raise Unreached(
            f"About {counted(done.unreached, 'message')} could not be reached. {_TRY_AGAIN}"
        )


@app.command()
def discard(
    workspace: _Workspace = None,
    yes: Yes = False,
    from_queue: _FromQueue = None,
    stack: StackName = None,
) -> None:
    """Delete messages of the dead-letter queue that can never be chained. Lists them first.

    These are messages that no writer can read, messages that name the wrong workspace, and
    messages dated so far ahead that the queue drops them before their time comes. The command
    never deletes messages that can be chained, now or later, or that a newer version may have sent.

    Example: `indelible dlq discard ws_4kT9mQ2vXbN7cRd1`
    """
    from ..aws.workspaces import get_workspace

    found = find_stack(stack)
    dead_letters = _dead_letters(found, from_queue)
    of_workspace = _of_workspace(workspace)
    set_aside = {letter.id: letter for letter in dead_letters.sift(workspace, now())}
    if workspace is not None and not set_aside:  # a sender may have used any name as group
        get_workspace(found.table, workspace)
    later = [e for e in set_aside.values() if not (e.can_be_chained or e.is_hopeless)]
    if later:
        say(f"{counted(len(later), 'message')} {of_workspace} may be chained later, and stay:")
        _print_letters(later)
    hopeless = {letter.id: letter for letter in set_aside.values() if letter.is_hopeless}
    if not hopeless:
        say("No message was found that can never be chained: nothing to delete.")
        return
    _print_letters(hopeless.values())
    if not yes:
        messages = counted(len(hopeless), "message")
        confirm(f"Delete {messages} {of_workspace}? This cannot be undone.")
    deleted = {letter.id for letter in dead_letters.discard(hopeless.keys(), now())}
    say(f"{counted(len(deleted), 'message')} deleted.")
    if left := len(hopeless) - len(deleted):
        raise Unreached(f"{counted(left, 'message')} could not be reached. {_TRY_AGAIN}")


def _dead_letters(stack: Stack, queue_url: str | None = None) -> SQSDeadLetters:
    """The dead letters of a queue; of the stack's dead-letter queue when it is None."""
    from ..aws.dead_letters import SQSDeadLetters, require_queue

    if queue_url is not None:
        require_queue(stack.sqs, queue_url)
    return SQSDeadLetters(stack.sqs, queue_url or stack.dead_letter_queue_url)


def _wait(seconds: float) -> None:
    with waiting("Waiting for messages that somebody else holds, or for new counts from SQS …"):
        time.sleep(seconds)


def _of_workspace(workspace: str | None) -> str:
    return f"of {workspace}" if workspace else "of all workspaces"


def _print_letters(letters: Iterable[DeadLetter]) -> None:
    rows = [
        (each.id, each.workspace_id, format_time(each.sent_at), _reason(each)) for each in letters
    ]
    if rows:
        print_table(("message_id", "workspace_id", "sent_at", "reason"), rows)


def _as_json(letter: DeadLetter) -> dict[str, object]:
    return {
        "message_id": letter.id,
        "workspace_id": letter.workspace_id,
        "receive_count": letter.receive_count,
        "sent_at": format_time(letter.sent_at),
        "events": letter.verdict.events,
        "set_aside": letter.is_set_aside,
        "reason": _reason(letter),
    }


def _reason(letter: DeadLetter) -> str:
    verdict = letter.verdict
    if verdict.obstacle is not None:
        may_pass = verdict.until is not None or verdict.is_from_newer_version
        return verdict.obstacle if may_pass else letter.reason or verdict.obstacle
    if letter.is_set_aside:
        return "set aside before, can be chained now"
    return "receives used up"
