"""The keys that a check trusts: those that its user has pinned, or those that the server names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ..encoding import read_json
from ..errors import IndelibleError, Unreadable
from ..tlog.keys import NOTES, VerifierKey
from ..tlog.policy import MAX_POLICY_BYTES, NO_QUORUM, Policy, policy_of, read_policy
from .options import read_file_name
from .source import reading_from

if TYPE_CHECKING:
    from .api import Api


def _read_key(text: str) -> VerifierKey:
    try:
        key = VerifierKey.read(text)
    except Unreadable as error:
        raise typer.BadParameter(str(error)) from None
    if key.type != NOTES:
        raise typer.BadParameter("must be the key of a log, not that of a witness")
    return key


PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        parser=read_file_name,
        metavar="FILE",
        help="Your policy: the logs, the witnesses and the quorum that you trust, as C2SP "
        "tlog-policy has them.",
        show_default=False,
    ),
]
LogKey = Annotated[
    VerifierKey | None,
    typer.Option(
        "--key",
        parser=_read_key,
        metavar="VKEY",
        help="The key of the log, which you have noted earlier. Trusts no witness.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class Trust:
    """A policy, and whether its user has pinned it. Otherwise the server named its keys."""

    policy: Policy
    is_pinned: bool

    @property
    def origin(self) -> str:
        """Where the keys are from, in words."""
        return "pinned by you" if self.is_pinned else "as this server says"


def pinned_trust(file: Path | None, key: VerifierKey | None) -> Trust | None:
    """What the user has pinned; None without either. IndelibleError when FILE cannot be read."""
    if file is not None and key is not None:
        raise typer.BadParameter("--policy and --key are mutually exclusive.")
    if key is not None:
        return Trust(policy_of(key), is_pinned=True)
    if file is None:
        return None
    with reading_from(file, str(file)) as stream:
        content = stream.read(MAX_POLICY_BYTES + 1)
    try:
        return Trust(read_policy(content), is_pinned=True)
    except Unreadable as error:
        raise IndelibleError(f"{file} is no policy: {error}.") from None


class _Key(msgspec.Struct):
    vkey: str


class _Keys(msgspec.Struct):
    data: list[_Key]


_decode = msgspec.json.Decoder(_Keys).decode


def trust_of_server(api: Api) -> Trust:
    """The keys that the server names, and no witness. Raises Unavailable and Unreadable."""
    named = read_json(_decode, api.get("/v1/log-keys"), "the keys of a log").data
    keys = tuple(VerifierKey.read(each.vkey) for each in named)
    if not keys:
        raise IndelibleError("The server names no key of its log.")
    return Trust(Policy(keys, {}, {}, NO_QUORUM), is_pinned=False)
