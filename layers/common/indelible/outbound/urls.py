"""The URLs that requests may be sent to, in one spelling that nothing reads in another way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import Unreadable

_URL = re.compile(
    r"(https?)://"
    r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))"
    r"(?::([0-9]{1,5}))?"
    r"((?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*)",
    re.ASCII,
)
_PORTS = {"https": 443, "http": 80}
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Url:
    """A host (name or address), its port, and a path, empty or with a slash at its start."""

    is_https: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The value of the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == _PORTS["https" if self.is_https else "http"]
        return host if is_default else f"{host}:{self.port}"


def read_url(text: str, *, allow_http: bool = False) -> Url:
    """Read a URL without user, query and fragment. Raises Unreadable for any other text.

    Names in other scripts are written in ASCII (Punycode). `http://` is for tests on this machine.
    """
    found = _URL.fullmatch(text)
    if not found:
        raise Unreadable(f"{text[:200]!r} is not a URL like https://witness.example/path")
    scheme, address, name, port, path = found.groups()
    number = int(port or _PORTS[scheme])
    if not 1 <= number <= _MAX_PORT:
        raise Unreadable(f"{text[:200]!r} has a port that cannot be")
    if scheme != "https" and not allow_http:
        raise Unreadable(f"{text[:200]!r} must begin with https://")
    return Url(scheme == "https", address or name, number, path)
