"""A free port that is held for a program is given to nobody else."""

from __future__ import annotations

import errno
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tools.local.ports import free_ports


@pytest.mark.parametrize("address", ["127.0.0.1", ""])
def test_a_held_port_is_refused_to_others(address: str) -> None:
    with free_ports(2) as [one, other], socket.socket() as somebody:
        assert one != other
        with pytest.raises(OSError, match=str(errno.EADDRINUSE)):
            somebody.bind((address, one))


def test_a_server_listens_on_a_held_port_and_may_do_so_again() -> None:
    with free_ports(1) as [port]:
        for _ in "12":
            with HTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler):
                socket.create_connection(("127.0.0.1", port), timeout=30).close()
