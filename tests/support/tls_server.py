"""A server over TLS on this machine, with a certificate of an authority of its own."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "witness.example"

Respond = Callable[[socket.socket, bytes], None]
"""Answers a request: the connection, and the bytes of the request."""


@dataclass
class Server:
    """A server that listens on 127.0.0.1. `requests` has the bytes of all requests."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and the certificate and key of one host, in PEM."""

    root: str
    chain: bytes

    @property
    def trust(self) -> ssl.SSLContext:
        """A context that trusts this authority and no other."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.root)
        return context


@cache
def an_authority(host: str = HOST, days: int = 1) -> Authority:
    """A new authority, with a certificate for this host that ends in so many days."""
    now = datetime.now(UTC)
    key, root_key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of tests")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])

    def certificate(subject: x509.Name, *, of_host: bool) -> x509.Certificate:
        until = now + timedelta(days=days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key((key if of_host else root_key).public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - timedelta(days=1))
            .not_valid_after(until if of_host else now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=not of_host, path_length=None), critical=True)
        )
        if of_host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(root_key, hashes.SHA256())

    root = certificate(root_name, of_host=False).public_bytes(Encoding.PEM).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Authority(root, private + certificate(name, of_host=True).public_bytes(Encoding.PEM))


@contextmanager
def serving(respond: Respond, authority: Authority | None = None) -> Iterator[Server]:
    """Serve each connection in a thread, over TLS if there is an authority."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(listening.getsockname()[1])
    context = _context(authority) if authority else None
    open_sockets: list[socket.socket] = []

    def serve(connected: socket.socket) -> None:
        with suppress(OSError):
            if context:
                connected = context.wrap_socket(connected, server_side=True)
            with connected:
                connected.settimeout(10)
                request = _read_request(connected)
                server.requests.append(request)
                respond(connected, request)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connected, _ = listening.accept()
                server.connections += 1
                open_sockets.append(connected)
                threading.Thread(target=serve, args=(connected,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _context(authority: Authority) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "chain.pem"
        path.write_bytes(authority.chain)
        context.load_cert_chain(path)
    return context


def _read_request(connected: socket.socket) -> bytes:
    """The head of a request, and as much body as it announces."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(connected)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [each for each in head.split(b"\r\n") if each.lower().startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += _some(connected)
    return head + b"\r\n\r\n" + body


def _some(connected: socket.socket) -> bytes:
    received = connected.recv(65_536)
    if not received:
        raise OSError("the client has gone")
    return received


def answer(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Respond:
    """Answer with these lines and this body. `length` is what the answer says of the body."""

    def respond(connected: socket.socket, _request: bytes) -> None:
        size = len(body) if length is None else length
        head = "".join(
            f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, f"Content-Length: {size}")
        )
        connected.sendall(head.encode() + b"\r\n" + body)

    return respond
