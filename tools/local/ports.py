"""Ports of this machine that are free, and stay so until a program listens on them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tools.local.settings import HOST


@contextmanager
def free_ports(count: int) -> Iterator[list[int]]:
    """Ports that nobody else is given while the block runs.

    A program may listen on them in the meantime if it sets SO_REUSEADDR, as Go, Java and Python's
    servers do. Without the block, another program could be given such a port first.
    """
    with ExitStack() as held:
        yield [_hold(held.enter_context(socket.socket())) for _ in range(count)]


def _hold(place: socket.socket) -> int:
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind((HOST, 0))
    port: int = place.getsockname()[1]
    return port
