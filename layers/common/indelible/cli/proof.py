"""`indelible proof`: fetches the proof of one event over the API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..chain.record import read_header
from ..checkpoints.proof_file import SUFFIX, read_proof_file
from ..errors import WrongProof
from .api import find_api, proof_path
from .failure import exit_when_unable
from .options import read_file_name
from .output import note
from .target import STANDARD_OUTPUT, writing_to


def fetch_proof(
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="The event's id, as its receipt has it.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            parser=read_file_name,
            metavar="FILE",
            help=f"The file to write; - is standard output. Default: the id and {SUFFIX}.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE.")] = False,
) -> None:
    """Write the proof of an event: a file that stands alone, with the record.

    It asks the API at INDELIBLE_URL, with the key in INDELIBLE_API_KEY. An event is provable within
    some minutes. Keep the file, and check it: `indelible verify --proof FILE --policy POLICY`.

    Exit status: 0 when the file was written, 1 when the answer is not a proof of this event, 2 when
    there is none.

    Example: `indelible proof 019aa2f4-2c1b-7d3e-8f90-1a2b3c4d5e6f`
    """
    with exit_when_unable():
        content = find_api().get(proof_path(event))
    proof = read_proof_file(content)
    if proof.event is None or read_header(proof.event.record).id != event:
        raise WrongProof(f"The answer is no proof of the event {event}.")
    target = out or Path(f"{event}{SUFFIX}")
    with writing_to(target, force=force or target == STANDARD_OUTPUT) as stream:
        stream.write(content)
    if target != STANDARD_OUTPUT:
        note(f"{target} is written. Check it: indelible verify --proof {target} --policy FILE")
