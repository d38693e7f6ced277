"""`indelible version`: the version, and the verifier for browsers that comes with it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from .. import __version__
from .output import say
from .source import reading_from

VERIFIER = Path(__file__).parents[1] / "verifying" / "verify.html"


def show_version(
    verifier: Annotated[
        bool,
        typer.Option("--verifier", help="Show the SHA-256 of verify.html, and where the file is."),
    ] = False,
) -> None:
    """Show the version; or the SHA-256 of verify.html, which checks files in a browser, offline.

    Compare it with that of a verify.html that somebody gave you.

    Example: `indelible version --verifier`
    """
    if not verifier:
        say(f"indelible {__version__}")
        return
    with reading_from(VERIFIER, str(VERIFIER)) as stream:
        say(f"{sha256(stream.read()).hexdigest()}  {VERIFIER}")
