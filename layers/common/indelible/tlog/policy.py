"""Policies (C2SP tlog-policy): which logs and witnesses somebody trusts, as a text file.

    log <verifier key> [<URL>]
    witness <name> <verifier key> [<URL>]
    group <name> <k | any | all> <name of a witness or group> ...
    quorum <name | none>

A line refers only to names of lines above it, so that there are no circles. URLs are for those who
call logs and witnesses. They are not read here. `endorsement.py` applies a policy to a checkpoint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import Unreadable
from .keys import COSIGNATURES, NOTES, VerifierKey
from .spelling import read_number

MAX_POLICY_BYTES = 64 * 1024
"""Maximum size of a policy.

Every reader has to accept 32 logs, 32 witnesses and 32 groups, about 16 kB with long names.
"""

NO_QUORUM = "none"
"""The quorum that needs no witness. Nothing else may have this name."""

_NOT_ALLOWED = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile(r"[^ \t]+")


@dataclass(frozen=True, slots=True)
class Group:
    """The names of witnesses and groups, of which at least `threshold` must have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The keys of logs, the keys of witnesses by name, the groups by name, and the quorum's name.

    Names may be any bytes. Those that are not UTF-8 are unpaired surrogates here (PEP 383).
    """

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str


def policy_of(log: VerifierKey) -> Policy:
    """The policy of somebody who trusts one log, and needs no witness."""
    return Policy((log,), {}, {}, NO_QUORUM)


def read_policy(data: bytes) -> Policy:
    """Read a policy file. Raises Unreadable, with the number of the wrong line."""
    if len(data) > MAX_POLICY_BYTES:
        size = f"{len(data):,} bytes; at most {MAX_POLICY_BYTES:,} are read"
        raise Unreadable(f"the policy has {size}")
    if not data.endswith(b"\n"):
        raise Unreadable("the policy does not end in a newline; it may be cut off")
    draft = _Draft()
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            draft.add(_words(line))
        except Unreadable as error:
            raise Unreadable(f"line {number} of the policy: {error}") from None
    if draft.quorum is None:
        raise Unreadable("the policy has no line `quorum`")
    return Policy(tuple(draft.logs), draft.witnesses, draft.groups, draft.quorum)


def _words(line: bytes) -> list[str]:
    """The words of a line, none if it is a comment. Raises Unreadable."""
    if control := _NOT_ALLOWED.search(line):
        raise Unreadable(f"the octet 0x{control[0].hex()} is not allowed")
    words = _WORD.findall(line.decode(errors="surrogateescape"))
    return [] if words and words[0].startswith("#") else words


@dataclass
class _Draft:
    """What the lines so far have defined."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None

    def add(self, words: list[str]) -> None:
        """Add one line. Raises Unreadable."""
        match words:
            case []:
                pass
            case ["log", key] | ["log", key, _]:
                self.logs.append(_read_key(key, NOTES, self.logs))
            case ["witness", name, key] | ["witness", name, key, _]:
                self._check_new(name)
                self.witnesses[name] = _read_key(key, COSIGNATURES, [*self.witnesses.values()])
            case ["group", name, threshold, *members] if members:
                self._check_new(name)
                self._check_members(members)
                self.groups[name] = Group(_read_threshold(threshold, members), tuple(members))
            case ["quorum", name]:
                self._check_quorum(name)
                self.quorum = name
            case _:
                raise Unreadable(f"{words[0]!r} has the wrong number of values, or is no keyword")

    def _check_new(self, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise Unreadable(f"the name {name!r} is taken")

    def _check_members(self, members: list[str]) -> None:
        grouped = {name for group in self.groups.values() for name in group.members}
        for each in members:
            if each not in self.witnesses and each not in self.groups:
                raise Unreadable(f"no line above defines {each!r}")
            if each in grouped:
                raise Unreadable(f"{each!r} is in a group already")
            grouped.add(each)

    def _check_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Unreadable("there is a quorum already")
        if name != NO_QUORUM and name not in self.witnesses and name not in self.groups:
            raise Unreadable(f"no line above defines {name!r}")


def _read_key(text: str, kind: int, others: list[VerifierKey]) -> VerifierKey:
    key = VerifierKey.read(text)
    if key.type != kind:
        raise Unreadable(f"the key {key.name} has the type {key.type:#04x}, not {kind:#04x}")
    if any(key.public_key == each.public_key for each in others):
        raise Unreadable(f"the public key of {key.name} is in another line already")
    return key


def _read_threshold(text: str, members: list[str]) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else len(members)
    threshold = read_number(text, "the threshold")
    if not 1 <= threshold <= len(members):
        raise Unreadable(f"the threshold is {text} and must be from 1 to {len(members)}")
    return threshold
