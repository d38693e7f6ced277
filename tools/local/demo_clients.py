"""`make demo-clients`: kills applications while they record, and finds each event in the chain."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tools.local.commands import indelible
from tools.local.example_apps import COMMANDS, App, build_js_client, differences, make_app
from tools.local.failure import LocalStackError, exit_with_one_sentence
from tools.local.progress import console, step
from tools.local.up import up

EVENTS_BEFORE_EACH_KILL = (150, 230)
EVENTS_AT_THE_END = 120
_NEVER_REACHED = 10_000


def demo() -> None:
    """Bring the stack up, and show it with the application of each language."""
    stack = up()
    build_js_client()
    with TemporaryDirectory() as folder:
        for language in COMMANDS:
            console.print(f"\n[bold]{language}[/bold]")
            show(make_app(language, stack, Path(folder)))
    console.print("The local stack runs on. Stop it with `make down`.")


def show(app: App) -> None:
    """Record, kill, start again, and compare. LocalStackError if anything is lost or doubled."""
    for events in EVENTS_BEFORE_EACH_KILL:
        process = app.start(_NEVER_REACHED)
        app.await_numbers(process, events)
        app.kill(process)
        console.print(f"Killed with kill -9 after it recorded event {app.recorded[-1]}.")
    with step("Started again, until everything is recorded and sent"):
        app.await_end(app.start(EVENTS_AT_THE_END))
    with step("Reading the chain through the API, until every event is there"):
        chained = app.await_chained()
    if wrong := differences(app.recorded, app.unsure, chained):
        raise LocalStackError(f"The chain is not what was recorded: {'; '.join(wrong[:5])}.")
    indelible("verify", app.workspace_id)
    console.print(f"  recorded      {len(app.recorded)} events")
    console.print(f"  killed        {app.killed} times")
    console.print(f"  in the chain  {len(chained)} events, each once, in order")
    if more := len(chained) - len(app.recorded):
        console.print(f"                {more} of them was being recorded when the kill came")
    console.print("  the chain is  [bold green]valid[/]")
    console.print(f"  Look around: .venv/bin/indelible tail {app.workspace_id}\n", soft_wrap=True)


if __name__ == "__main__":
    exit_with_one_sentence(demo)
