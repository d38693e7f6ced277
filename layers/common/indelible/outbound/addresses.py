"""Finds the addresses of a host, and refuses those inside a network.

Otherwise whoever may write an address into the table could have a function send requests to what
only it can reach, such as other services of the VPC (server-side request forgery).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from ..errors import Unavailable

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""All public addresses of IPv6. Others that Python calls global lead into networks or nowhere."""

_PROTOCOLS = IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24")
"""Addresses reserved for protocols. Python calls some of them global."""

Resolve = Callable[[str, int], list[str]]
"""Returns the IP addresses of a host; the number is its port. Raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the system finds for a host, in the order in which to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(each[4][0]) for each in found)]


def addresses_of(
    host: str, port: int, seconds: float, find: Resolve, *, allow_private: bool
) -> list[str]:
    """The addresses of a host, found within so many seconds.

    Raises Unavailable when there are none, and when one of them is not public. Connect to one of
    these: the next look-up of the same host may find others (DNS rebinding).
    """
    addresses = _within(seconds, host, port, find)
    if not allow_private:
        for each in addresses:
            if not is_public(each):
                raise Unavailable(f"{host} has the address {each}, which is not a public one")
    return addresses


def is_public(address: str) -> bool:
    """Whether everybody reaches this IP address on the internet. False if it is no address.

    For IPv6 addresses that stand for one of IPv4, that one decides.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        embedded = _embedded(parsed)
        if embedded is None:
            return parsed.is_global and parsed in _UNICAST
        parsed = embedded
    is_special = parsed.is_multicast or any(parsed in each for each in _PROTOCOLS)
    return parsed.is_global and not is_special


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address behind a mapped one, NAT64 (RFC 6052), 6to4 or Teredo."""
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo or [None, None])[1]


def _within(seconds: float, host: str, port: int, find: Resolve) -> list[str]:
    """What `find` returns. The system's look-up has no time-out, so it runs in a thread."""
    answers = list[list[str] | OSError | UnicodeError]()

    def look_up() -> None:
        try:
            answers.append(find(host, port))
        except (OSError, UnicodeError) as error:  # UnicodeError for names with an empty label
            answers.append(error)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(max(seconds, 0))
    if not answers:
        raise Unavailable(f"the addresses of {host} were not found in time")
    answer = answers[0]
    if not isinstance(answer, list):
        raise Unavailable(f"{host} has no address: {answer}")
    if not answer:
        raise Unavailable(f"{host} has no address")
    return answer
