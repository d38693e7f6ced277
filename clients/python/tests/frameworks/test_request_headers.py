"""What a request claims becomes a value that an event can carry, or nothing."""

from __future__ import annotations

from typing import Optional

import pytest

from indelible_client import InvalidSettings
from indelible_client.frameworks import session_name
from indelible_client.frameworks.asgi import AuditMiddleware as AsgiMiddleware
from indelible_client.frameworks.request_headers import client_address, header_text
from indelible_client.frameworks.wsgi import AuditMiddleware as WsgiMiddleware

CLIENT, PROXY, CLAIMED = "203.0.113.7", "10.0.0.2", "198.51.100.66"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", PROXY),
        (0, CLAIMED, PROXY),
        (1, CLIENT, CLIENT),
        (1, f"{CLAIMED}, {CLIENT}", CLIENT),
        (1, f"{CLAIMED},{CLAIMED} ,\t{CLIENT}", CLIENT),
        (2, f"{CLAIMED}, {CLIENT}, 10.0.0.3", CLIENT),
        (1, "", PROXY),
        (2, CLIENT, PROXY),
    ],
)
def test_only_what_a_trusted_proxy_wrote_counts(proxies: int, forwarded: str, address: str) -> None:
    assert client_address(PROXY, forwarded.encode(), proxies) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7:51112", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:51112", "2001:db8::7"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:443", "fe80::1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("", None),
        ("unknown", None),
        ("_hidden", None),
        ("203.0.113.7.example.com", None),
        ("[", None),
        ("203.0.113.7; drop", None),
        ("unix:/run/app.sock", None),
        ("testclient", None),
    ],
)
def test_an_address_has_neither_port_nor_zone_and_other_text_is_none(
    text: str, address: Optional[str]
) -> None:
    assert client_address(text, b"", 0) == address
    assert client_address(PROXY, text.encode(), 1) == (address if text else PROXY)


def test_a_unix_socket_has_no_address_but_the_proxy_says_one() -> None:
    assert client_address(None, b"", 0) is None
    assert client_address(None, CLIENT.encode(), 1) == CLIENT


def test_garbage_in_x_forwarded_for_is_no_address() -> None:
    assert client_address(PROXY, b"\xff\xfe, \x00", 1) is None


@pytest.mark.parametrize("middleware", [WsgiMiddleware, AsgiMiddleware])
def test_a_negative_number_of_proxies_is_refused_when_the_application_starts(
    middleware: type,
) -> None:
    with pytest.raises(InvalidSettings, match="trusted_proxies"):
        middleware(None, trusted_proxies=-1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Mozilla/5.0", "Mozilla/5.0"),
        ("Müller/1.0".encode(), "Müller/1.0"),
        ("Müller/1.0".encode("latin-1"), "Müller/1.0"),
        (b"\xff\x00\x80", "\xff\x00\x80"),
        (b"x" * 20_000, "x" * 4_096),
        (b"", None),
        (b"  ", None),
    ],
)
def test_a_header_is_text_whatever_its_bytes_are(value: bytes, text: Optional[str]) -> None:
    assert header_text(value, 4_096) == text


def test_a_session_has_the_same_name_in_every_client() -> None:
    """The JavaScript client makes it in the same way."""
    assert session_name("the cookie of the session") == "a5ac58ad0928498a85cb16427670703a"


def test_half_of_a_surrogate_pair_in_a_cookie_does_not_keep_an_event_out_of_the_log() -> None:
    assert len(session_name("\ud800")) == 32
