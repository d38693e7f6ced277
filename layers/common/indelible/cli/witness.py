"""`indelible witness`: the witnesses that each run asks to cosign the log's checkpoint."""

# ruff: noqa: PLC0415 (AWS libraries are imported when a command needs them)
from __future__ import annotations

from typing import Annotated

import typer

from ..errors import DamagedItem, NotFound, Unreadable
from ..outbound.urls import read_url
from ..tlog.keys import COSIGNATURES, VerifierKey
from .options import AsJson, StackName
from .output import print_json, print_table, say
from .stack import find_stack

app = typer.Typer(
    no_args_is_help=True,
    help="Add, list and remove the witnesses that cosign the log's checkpoints.",
)


def _read_witness_key(text: str) -> VerifierKey:
    try:
        key = VerifierKey.read(text)
    except Unreadable as error:
        raise typer.BadParameter(str(error)) from None
    if key.type != COSIGNATURES:
        raise typer.BadParameter("must be the key of a witness (type 0x04), not that of a log")
    return key


def _check_url(text: str) -> str:
    url = text.rstrip("/").removesuffix("/add-checkpoint")
    try:
        read_url(url, allow_http=True)
    except Unreadable as error:
        raise typer.BadParameter(str(error)) from None
    return url


@app.command()
def add(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            callback=_check_url,
            help="The address of the witness, without /add-checkpoint.",
            show_default=False,
        ),
    ],
    vkey: Annotated[
        VerifierKey,
        typer.Argument(
            metavar="VKEY",
            parser=_read_witness_key,
            help="The key of its cosignatures, as the witness publishes it.",
            show_default=False,
        ),
    ],
    stack: StackName = None,
) -> None:
    """Have each run ask a witness from now on. One whose key has the same name is replaced.

    The witness must know the log's key first: `indelible checkpoint show` prints it. Verifiers do
    not use this list. They decide by a policy file of their own whose cosignatures count.

    Runs refuse `http://` and addresses in a private network. Only tests switch that off, with the
    parameter AllowPrivateWitnesses.

    Example: `indelible witness add https://witness.example/acme
    witness.example/w1+8c2d0e5b+BDq…`
    """
    from ..aws.witness_list import ListedWitness, WitnessList

    WitnessList(find_stack(stack).table).add(ListedWitness(url, vkey))
    say(f"{vkey.name} is asked to cosign from the next run on.")


@app.command("list")
def list_all(as_json: AsJson = False, stack: StackName = None) -> None:
    """List the witnesses by the names of their keys.

    Example: `indelible witness list`
    """
    from ..aws.witness_list import WitnessList

    found = [
        {"name": None, "url": None, "vkey": None, "failure": str(each)}
        if isinstance(each, DamagedItem)
        else {"name": each.key.name, "url": each.url, "vkey": each.key.text, "failure": None}
        for each in WitnessList(find_stack(stack).table).list()
    ]
    if as_json:
        print_json(found)
    else:
        print_table(("name", "url", "vkey", "failure"), [[*each.values()] for each in found])


@app.command()
def remove(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The name of the witness's key.", show_default=False),
    ],
    stack: StackName = None,
) -> None:
    """Have runs no longer ask a witness. What it has cosigned stays.

    Example: `indelible witness remove witness.example/w1`
    """
    from ..aws.witness_list import WitnessList

    if not WitnessList(find_stack(stack).table).remove(name):
        raise NotFound(f"No witness has the name {name!r}. `indelible witness list` shows them.")
    say(f"{name} is not asked any more.")
