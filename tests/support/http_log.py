"""The API of a deployment in memory over HTTP: the routes that verifiers call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from indelible.chain.record import read_header
from indelible.chain.segment import read_records
from indelible.errors import IndelibleError, NotFound
from indelible.proving.consistency import prove_consistency
from indelible.proving.event_proof import prove_event
from indelible.proving.log_keys import LogKeys

from support.builders import WORKSPACE
from support.deployment import Deployment
from support.proving import runs_of

API_KEY = "imk_test"
Answer = tuple[int, bytes]


@dataclass
class HttpLog:
    """What is served: a deployment, as the holder of a key of WORKSPACE sees it.

    `change` may change what is answered, and `retry_after` is when to ask again if it is busy.
    `asked` has every path, and the API key that came with it.
    """

    deployment: Deployment
    url: str = ""
    change: Callable[[str, Answer], Answer] = lambda _, answer: answer
    retry_after: str = "0"
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, target: str, authorization: str) -> Answer:
        """The status and the body for a path with its query."""
        self.asked.append((target, authorization))
        try:
            answer = 200, self._body(target)
        except IndelibleError as error:
            text = {"error": error.code, "message": error.public_message or str(error)}
            answer = error.status, json.dumps(text).encode()
        return self.change(target, answer)

    def _body(self, target: str) -> bytes:
        parts = urlsplit(target)
        deployment, path = self.deployment, parts.path.removeprefix("/api/v1")
        if path == "/log-keys":
            keys = LogKeys(deployment.bucket).get(deployment.now)
            return json.dumps({"data": [{"vkey": each.key.text} for each in keys]}).encode()
        if path == "/checkpoint/consistency":
            sizes = {name: int(value) for name, [value] in parse_qs(parts.query).items()}
            return prove_consistency(
                runs_of(deployment).read(deployment.now),
                deployment.bucket,
                deployment.ledger,
                WORKSPACE,
                sizes["log"],
                sizes["workspace"],
            ).encoded
        return self._proof(path.removeprefix("/events/").removesuffix("/proof"))

    def _proof(self, event_id: str) -> bytes:
        deployment = self.deployment
        for segment in deployment.ledger.chain(WORKSPACE):
            for sequence, record in enumerate(read_records(segment), segment.first_sequence):
                if read_header(record).id == event_id:
                    return prove_event(
                        runs_of(deployment),
                        deployment.bucket,
                        deployment.ledger,
                        WORKSPACE,
                        sequence,
                        record,
                        deployment.now,
                    ).encoded
        raise NotFound(f"There is no event {event_id}.")


@contextmanager
def serving(deployment: Deployment) -> Iterator[HttpLog]:
    """Serve the deployment on a port of this machine."""
    log = HttpLog(deployment)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer a request."""
            status, body = log.answer(self.path, self.headers.get("Authorization", ""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", body.decode())
            if status in (429, 503):
                self.send_header("Retry-After", log.retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        log.url = f"http://127.0.0.1:{server.server_port}"
        yield log
        server.shutdown()
