"""The client of a witness: https://c2sp.org/tlog-witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tlog.keys import VerifierKey
from ..tlog.note import Note
from ..tlog.witness import MAX_ANSWER_BYTES, Answer, read_answer
from .https import post
from .urls import read_url

if TYPE_CHECKING:
    import ssl


class HTTPSWitness:
    """Implements `covering.ports.Witness`.

    `url` is the address without `/add-checkpoint`. With `allow_private` it may be one inside the
    network, and begin with `http://`. `trust` is as in `https.post`.
    """

    def __init__(
        self,
        url: str,
        key: VerifierKey,
        *,
        allow_private: bool = False,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._url = url
        self._key = key
        self._allow_private = allow_private
        self._trust = trust

    @property
    def key(self) -> VerifierKey:
        """The key of its cosignatures."""
        return self._key

    def add_checkpoint(self, body: bytes, note: Note) -> Answer:
        """Send a request to `add-checkpoint` about this note; returns what the witness answered.

        Raises Unavailable when it does not answer in two seconds, and Unreadable if its address is
        no URL. Raises Unreadable and WrongProof as `read_answer` does.
        """
        address = f"{self._url.rstrip('/')}/add-checkpoint"
        url = read_url(address, allow_http=self._allow_private)
        answer = post(
            url, body, MAX_ANSWER_BYTES, allow_private=self._allow_private, trust=self._trust
        )
        return read_answer(answer.status, answer.content_type, answer.body, note, self._key)
