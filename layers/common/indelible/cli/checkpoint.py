"""`indelible checkpoint`: the log of a deployment, and the days on which it needs an operator."""

from __future__ import annotations

import typer

from .checkpoint_continue import continue_log
from .checkpoint_fetch import fetch
from .checkpoint_rebuild import rebuild
from .checkpoint_restart import restart, take_over
from .checkpoint_show import show

app = typer.Typer(
    no_args_is_help=True,
    help="Show and fetch checkpoints; restart chains, take over logs, and rebuild a lost state.",
)
app.command()(show)
app.command()(fetch)
app.command()(restart)
app.command()(take_over)
app.command()(rebuild)
app.command("continue")(continue_log)
