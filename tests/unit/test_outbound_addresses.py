"""Where requests may go: to URLs that read in one way, and to public addresses only."""

from __future__ import annotations

import time
from threading import Event, current_thread

import pytest
from indelible.errors import Unavailable, Unreadable
from indelible.outbound.addresses import addresses_of, is_public, resolve
from indelible.outbound.urls import Url, read_url


def test_a_url_is_read_into_its_parts() -> None:
    assert read_url("https://witness.example") == Url(True, "witness.example", 443, "")
    assert read_url("https://witness.example:8443/a/b-c/~d%20e") == Url(
        True, "witness.example", 8443, "/a/b-c/~d%20e"
    )
    assert read_url("https://[2001:db8::1]:8443/w") == Url(True, "2001:db8::1", 8443, "/w")
    assert read_url("https://witness.example/w/").path == "/w/"


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://witness.example/w", "witness.example"),
        ("https://witness.example:443/w", "witness.example"),
        ("https://witness.example:80/w", "witness.example:80"),
        ("https://[2001:db8::1]/w", "[2001:db8::1]"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.0.0.1:80", "127.0.0.1"),
    ],
)
def test_the_header_host_names_the_port_unless_it_is_the_schemes(url: str, authority: str) -> None:
    assert read_url(url, allow_http=True).authority == authority


@pytest.mark.parametrize(
    "text",
    [
        "",
        "witness.example",
        "ftp://witness.example",
        "file:///etc/passwd",
        "https://",
        "https:///w",
        "https://user@witness.example/w",
        "https://user:secret@witness.example/w",
        "https://witness.example\\@10.0.0.1/w",
        "https://witness.example/w?x=1",
        "https://witness.example/w#x",
        "https://witness.example/a b",
        "https://witness.example/w\r\nHost: other.example",
        "https://witness.example/w\n",
        "https://witness.example/w\t",
        " https://witness.example/w",
        "https://witness.example:0/w",
        "https://witness.example:65536/w",
        "https://witness.example:/w",
        "https://witness.example:-1/w",
        "https://witness.example:٤٤٣/w",
        "https://wítness.example/w",
        "https://witness.example/ü",
        "https://[fe80::1%25eth0]/w",
        "HTTPS://witness.example/w",
        "https://witness.example/" + "\x00",
    ],
)
def test_what_others_may_read_in_another_way_is_no_url(text: str) -> None:
    with pytest.raises(Unreadable):
        read_url(text, allow_http=True)


def test_http_is_only_for_those_who_say_so() -> None:
    with pytest.raises(Unreadable, match="https://"):
        read_url("http://witness.example/w")
    assert not read_url("http://witness.example/w", allow_http=True).is_https


PRIVATE = """
    0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 169.254.170.2 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255
    :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 100::1
    ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe
    2002:a00:1:: 2002:7f00:1::
    2001:0:4136:e378:8000:63bf:f5ff:fffe
    ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b:1::a9fe:a9fe fec0::1 192.0.0.192 192.88.99.1
    localhost example.com 1
"""
PUBLIC = """
    1.1.1.1 9.9.9.9 52.94.236.248 172.15.255.255 172.32.0.1 100.128.0.1
    2606:4700:4700::1111 2a00:1450:4001:82f::200e ::ffff:1.1.1.1 64:ff9b::101:101
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_an_address_inside_a_network_is_not_public(address: str) -> None:
    """Many of IPv6 stand for 10.0.0.1, 127.0.0.1 or the metadata of EC2."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    def find(_host: str, _port: int) -> list[str]:
        return ["1.1.1.1", "169.254.169.254"]

    with pytest.raises(Unavailable, match=r"169\.254\.169\.254, which is not a public one"):
        addresses_of("rebound.example", 443, 1, find, allow_private=False)
    assert addresses_of("rebound.example", 443, 1, find, allow_private=True) == [
        "1.1.1.1",
        "169.254.169.254",
    ]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(Unavailable):
        addresses_of(host, 443, 2, resolve, allow_private=False)


@pytest.mark.parametrize("error", [OSError("no such host"), UnicodeError("label empty")])
def test_a_host_without_an_address_is_unavailable(error: Exception) -> None:
    def fail(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(Unavailable, match="has no address"):
        addresses_of("nowhere.example", 443, 1, fail, allow_private=False)
    with pytest.raises(Unavailable, match="has no address"):
        addresses_of("nowhere.example", 443, 1, lambda *_: [], allow_private=False)


def test_a_look_up_that_takes_too_long_is_not_waited_for() -> None:
    """Nor by the process when it ends."""
    done, is_daemon = Event(), list[bool]()

    def wait(_host: str, _port: int) -> list[str]:
        is_daemon.append(current_thread().daemon)
        done.wait(30)
        return []

    began = time.monotonic()
    with pytest.raises(Unavailable, match="not found in time"):
        addresses_of("slow.example", 443, 0.05, wait, allow_private=False)
    done.set()
    assert time.monotonic() - began < 2
    assert is_daemon == [True]
