"""Which host gets a request: one with the right certificate, at the address that was checked."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import pytest
from indelible.errors import Unavailable
from indelible.outbound.https import Answer, post
from indelible.outbound.urls import Url
from integration.outbound import BODY, MOST_BYTES, here, over_tls, send
from support.tls_server import HOST, Authority, Server, an_authority, answer, serving

from tools.local.ports import free_ports


def test_a_host_with_a_certificate_of_another_authority_gets_nothing() -> None:
    with over_tls(answer("200 OK")) as (server, _):
        for trust in (Authority(other_authority().root, b"").trust, None):
            with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
                post_trusting(server, trust)
        assert server.requests == []


def other_authority() -> Authority:
    return an_authority("other.example")


def post_trusting(server: Server, trust: ssl.SSLContext | None) -> Answer:
    """Send over TLS; None is for the system's authorities."""
    url = Url(True, HOST, server.port, "")
    return post(url, BODY, MOST_BYTES, allow_private=True, trust=trust, find=here)


@pytest.mark.parametrize("authority", [an_authority("other.example"), an_authority(days=-1)])
def test_a_certificate_of_another_host_or_another_time_is_refused(authority: Authority) -> None:
    with serving(answer("200 OK"), authority) as server:
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            send(server, trust=authority.trust)
        assert server.requests == []


def test_an_address_of_this_machine_gets_no_connection() -> None:
    with over_tls(answer("200 OK")) as (server, trust):
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1, which is not a public one"):
            send(server, trust=trust, allow_private=False)
        assert server.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host whose first look-up gives a public address, and every other one this machine's."""
    looked_up, connected_to = list[str](), list[str]()
    connect = socket.create_connection

    def rebinding(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return ["1.1.1.1"] if len(looked_up) == 1 else ["127.0.0.1"]

    def note(address: tuple[str, int], timeout: float) -> socket.socket:
        connected_to.append(address[0])
        return connect(("127.0.0.1", address[1]), timeout)

    monkeypatch.setattr("indelible.outbound.https.socket.create_connection", note)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        assert send(server, trust=trust, find=rebinding, allow_private=False).status == 200
    assert (looked_up, connected_to) == ([HOST], ["1.1.1.1"])


def test_a_look_up_beyond_ours_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to an address asks no name server."""
    asked = list[str]()
    find = socket.getaddrinfo

    def note(host: str, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return find(host, *rest, **named)

    monkeypatch.setattr("socket.getaddrinfo", note)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        send(server, trust=trust)
    assert {*asked} <= {"127.0.0.1"}


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        found = send(server, trust=trust, find=lambda *_: ["127.0.0.2", "::1", "127.0.0.1"])
    assert found.body == b"x"


def test_an_address_that_is_silent_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    patience = list[float]()
    connect = socket.create_connection

    def first_is_silent(address: tuple[str, int], timeout: float) -> socket.socket:
        patience.append(timeout)
        if len(patience) == 1:
            raise TimeoutError("timed out")
        return connect(address, timeout)

    monkeypatch.setattr("indelible.outbound.https.socket.create_connection", first_is_silent)
    with over_tls(answer("200 OK", b"x")) as (server, trust):
        found = send(server, trust=trust, find=lambda *_: ["127.0.0.2", "127.0.0.1"], seconds=5)
    assert found.body == b"x"
    assert patience[0] <= 2.5 < patience[1] <= 5


def test_a_host_that_refuses_connections_is_unavailable() -> None:
    trust = an_authority().trust
    with free_ports(1) as [port], pytest.raises(Unavailable, match="refused"):
        send(Server(port), trust=trust)
