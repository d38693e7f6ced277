"""`indelible dlq`: look at the dead-letter queue, send its messages again, or delete them."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Unreached
from ..runtime.clock import now
from ..times import format_time
from .options import AsJson, StackName
from .output import counted, print_json, print_table, say, waiting
from .stack import find_stack

if TYPE_CHECKING:
    from ..aws.dead_letters import SQSDeadLetters
    from ..writing.dead_letter import DeadLetter
    from .stack import Stack

app = typer.Typer(
    no_args_is_help=True,
    help="Look at the dead-letter queue, send its messages again, or delete them.",
)

_AGAIN = "Somebody else may be looking at them; run this again in two minutes."

_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]
_Workspace = Annotated[
    str | None,
    typer.Argument(
        metavar="WORKSPACE",
        help="Only the messages of this workspace; without it, all.",
        show_default=False,
    ),
]


@app.command("list")
def list_all(as_json: AsJson = False, stack: StackName = None) -> None:
    """List messages that could not be chained, and why. They stay where they are.

    SQS shows every message that was set aside, and of each workspace up to ten others, the oldest.
    Events are counted, never shown.

    Example: `indelible dlq list`
    """
    dead_letters = _dead_letters(find_stack(stack))
    count = sum(dead_letters.counts())
    rows = [_as_json(letter) for letter in dead_letters.peek(now())]
    if as_json:
        print_json({"messages": rows, "count": max(count, len(rows))})
        return
    if rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
    say(f"{len(rows)} shown of {max(count, len(rows))}.")


@app.command()
def redrive(workspace: _Workspace = None, yes: _Yes = False, stack: StackName = None) -> None:
    """Send messages of the dead-letter queue to the writer again.

    Safe to stop and to repeat: a message is sent before it is deleted, so it is never lost, and
    the writer leaves out events that are chained already, however old they are. Messages that
    cannot be chained are set aside, and named. Exits with 1 when a message could not be reached.

    Example: `indelible dlq redrive ws_4kT9mQ2vXbN7cRd1 --yes`
    """
    from ..aws.queue import SQSQueue
    from ..aws.redrive import redrive as send_again
    from ..aws.workspaces import get_workspace

    found = find_stack(stack)
    if workspace is not None:
        get_workspace(found.table, workspace)
    whose = _whose(workspace)
    if not yes:
        typer.confirm(f"Send the dead letters {whose} to the writer again?", abort=True)
    queue = SQSQueue(found.sqs, found.queue_url)
    done = send_again(_dead_letters(found), queue, workspace, now, _wait)
    say(f"{counted(done.sent, 'message')} {whose} sent again, {len(done.staying)} kept.")
    _name(done.staying.values())
    if any(letter.is_hopeless for letter in done.staying.values()):
        say("Some can never be chained: look at them, then run `indelible dlq discard`.")
    if done.unreached:
        raise Unreached(
            f"About {counted(done.unreached, 'message')} could not be reached. {_AGAIN}"
        )


@app.command()
def discard(workspace: _Workspace = None, yes: _Yes = False, stack: StackName = None) -> None:
    """Delete messages of the dead-letter queue that can never be chained. Names them first.

    These are messages that no writer can read, that name another workspace than their own, or
    that are dated so far ahead that the queue drops them before. Messages that can be chained,
    now or later, are never deleted; nor are those that a newer version may have sent.

    Example: `indelible dlq discard ws_4kT9mQ2vXbN7cRd1`
    """
    from ..aws.workspaces import get_workspace

    found = find_stack(stack)
    dead_letters = _dead_letters(found)
    whose = _whose(workspace)
    aside = {letter.id: letter for letter in dead_letters.sift(workspace, now())}
    if workspace is not None and not aside:  # a sender may choose a group that is no workspace
        get_workspace(found.table, workspace)
    _say_later(
        [each for each in aside.values() if not (each.can_be_chained or each.is_hopeless)], whose
    )
    hopeless = {letter.id: letter for letter in aside.values() if letter.is_hopeless}
    if not hopeless:
        say(f"No message {whose} was found that can never be chained; nothing to delete.")
        return
    _name(hopeless.values())
    if not yes:
        question = f"Delete {counted(len(hopeless), 'message')} {whose}? There is no way back."
        typer.confirm(question, abort=True)
    gone = {letter.id for letter in dead_letters.discard(hopeless.keys(), now())}
    say(f"{counted(len(gone), 'message')} deleted.")
    if left := len(hopeless) - len(gone):
        raise Unreached(f"{counted(left, 'message')} could not be reached. {_AGAIN}")


def _dead_letters(stack: Stack) -> SQSDeadLetters:
    from ..aws.dead_letters import SQSDeadLetters

    return SQSDeadLetters(stack.sqs, stack.dead_letter_queue_url)


def _wait(seconds: float) -> None:
    with waiting("Waiting for messages that somebody holds, or for SQS to count anew …"):
        time.sleep(seconds)


def _whose(workspace: str | None) -> str:
    return f"of {workspace}" if workspace else "of all workspaces"


def _say_later(letters: Sequence[DeadLetter], whose: str) -> None:
    """Name messages that stay, because they can be chained later."""
    if letters:
        say(f"{counted(len(letters), 'message')} {whose} may be chained later, and stay:")
        _name(letters)


def _name(letters: Iterable[DeadLetter]) -> None:
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
