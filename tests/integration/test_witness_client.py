"""The client of a witness, over HTTPS, with a witness that does what the protocol says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from indelible.covering.ports import Witness
from indelible.errors import Unavailable, Unreadable, WrongProof
from indelible.outbound.witness_client import HTTPSWitness
from indelible.tlog.checkpoint import Checkpoint
from indelible.tlog.merkle import consistency_path, root_of
from indelible.tlog.note import Note
from indelible.tlog.witness import Cosigned, OtherSize, Refusal, add_checkpoint_body
from support.memory_witness import MemoryWitness
from support.notes import FIRST, LOG, SECOND, signed_by_log
from support.tls_server import Server, an_authority, answer, serving
from support.trees import LEAVES


@dataclass
class Reached:
    """A witness, the server that it is behind, and a client of it."""

    witness: MemoryWitness
    server: Server
    client: HTTPSWitness


@contextmanager
def reached(witness: MemoryWitness, path: str = "/w") -> Iterator[Reached]:
    """Put the witness behind HTTPS on this machine."""

    def respond(connected: socket.socket, request: bytes) -> None:
        status, content_type, body = witness.answer(request.partition(b"\r\n\r\n")[2])
        answer(f"{status} Answer", body, f"Content-Type: {content_type}")(connected, request)

    authority = an_authority("localhost")
    with serving(respond, authority) as server:
        url = f"https://localhost:{server.port}{path}"
        client = HTTPSWitness(url, witness.key, allow_private=True, trust=authority.trust)
        yield Reached(witness, server, client)


def a_note(size: int) -> Note:
    """The checkpoint of a log with the first leaves of LEAVES."""
    return signed_by_log(Checkpoint(LOG.name, size, root_of(LEAVES[:size])).text)


def a_body(old_size: int, size: int) -> bytes:
    path = consistency_path(LEAVES[:size], old_size)
    return add_checkpoint_body(old_size, path, a_note(size))


def test_a_witness_cosigns_growth_over_https() -> None:
    with reached(MemoryWitness()) as at:
        client: Witness = at.client
        first = client.add_checkpoint(a_body(0, 5), a_note(5))
        second = client.add_checkpoint(a_body(5, 300), a_note(300))
        assert isinstance(first, Cosigned)
        assert second == Cosigned(FIRST.cosign(a_note(300).text, at.witness.time), at.witness.time)
        assert {each.split(b"\r\n")[0] for each in at.server.requests} == {
            b"POST /w/add-checkpoint HTTP/1.1"
        }
    assert at.client.key == FIRST.witness_key


@pytest.mark.parametrize("path", ["", "/", "/w/"])
def test_the_path_of_the_url_is_kept_with_one_slash(path: str) -> None:
    with reached(MemoryWitness(), path) as at:
        at.client.add_checkpoint(a_body(0, 5), a_note(5))
    expected = f"POST {path.rstrip('/')}/add-checkpoint HTTP/1.1".encode()
    assert at.server.requests[0].split(b"\r\n")[0] == expected


def test_each_refusal_of_the_protocol_arrives() -> None:
    with reached(MemoryWitness()) as at:
        at.client.add_checkpoint(a_body(0, 5), a_note(5))
        assert at.client.add_checkpoint(a_body(0, 7), a_note(7)) == OtherSize(5)
        forged = signed_by_log(Checkpoint(LOG.name, 5, bytes(32)).text)
        body = add_checkpoint_body(5, [], forged)
        assert at.client.add_checkpoint(body, forged) is Refusal.OTHER_ROOT
        body = add_checkpoint_body(5, [bytes(32)], a_note(7))
        assert at.client.add_checkpoint(body, a_note(7)) is Refusal.WRONG_PROOF
        other = Note(a_note(7).text.replace(LOG.name.encode(), b"other.example"), ())
        signed = Note(other.text, (SECOND.sign(other.text),))
        body = add_checkpoint_body(0, [], signed)
        assert at.client.add_checkpoint(body, signed) is Refusal.UNKNOWN_LOG
        unsigned = Note(a_note(7).text, (SECOND.sign(a_note(7).text),))
        body = add_checkpoint_body(5, [], unsigned)
        assert at.client.add_checkpoint(body, unsigned) is Refusal.BAD_SIGNATURE
        body = add_checkpoint_body(9, [], a_note(7))
        assert at.client.add_checkpoint(body, a_note(7)) is Refusal.BAD_REQUEST


def test_a_witness_that_signs_with_another_key_is_not_believed() -> None:
    with reached(MemoryWitness()) as at:
        at.witness.private = SECOND
        with pytest.raises(Unreadable, match="no cosignature"):
            at.client.add_checkpoint(a_body(0, 5), a_note(5))


def test_a_cosignature_of_another_checkpoint_is_not_believed() -> None:
    line = FIRST.cosign(a_note(7).text, 1_795_435_262).line
    authority = an_authority("localhost")
    with serving(answer("200 OK", line), authority) as server:
        client = HTTPSWitness(
            f"https://localhost:{server.port}",
            FIRST.witness_key,
            allow_private=True,
            trust=authority.trust,
        )
        with pytest.raises(WrongProof):
            client.add_checkpoint(a_body(0, 5), a_note(5))


def test_nothing_inside_the_network_is_asked_unless_a_parameter_says_so() -> None:
    authority = an_authority("localhost")
    with serving(answer("200 OK"), authority) as server:
        client = HTTPSWitness(
            f"https://localhost:{server.port}", FIRST.witness_key, trust=authority.trust
        )
        with pytest.raises(Unavailable, match="not a public one"):
            client.add_checkpoint(a_body(0, 5), a_note(5))
    assert server.connections == 0


def test_http_is_spoken_only_together_with_that_parameter() -> None:
    line = FIRST.cosign(a_note(5).text, 1_795_435_262).line
    with serving(answer("200 OK", line)) as server:
        url = f"http://localhost:{server.port}"
        with pytest.raises(Unreadable, match="https://"):
            HTTPSWitness(url, FIRST.witness_key).add_checkpoint(a_body(0, 5), a_note(5))
        assert server.connections == 0
        client = HTTPSWitness(url, FIRST.witness_key, allow_private=True)
        assert isinstance(client.add_checkpoint(a_body(0, 5), a_note(5)), Cosigned)


@pytest.mark.parametrize("url", ["", "localhost", "https://w.example/?a=b", "gopher://w.example"])
def test_an_address_that_is_no_url_is_unreadable(url: str) -> None:
    with pytest.raises(Unreadable):
        HTTPSWitness(url, FIRST.witness_key).add_checkpoint(a_body(0, 5), a_note(5))


def test_the_systems_authorities_decide_by_default() -> None:
    with serving(answer("200 OK"), an_authority("localhost")) as server:
        client = HTTPSWitness(
            f"https://localhost:{server.port}", FIRST.witness_key, allow_private=True
        )
        with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            client.add_checkpoint(a_body(0, 5), a_note(5))
