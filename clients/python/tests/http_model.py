"""The model of the service behind a real socket, for tests with several processes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Callable

from indelible_client.sending import Answered
from model_server import WHOLE, ModelServer


@contextmanager
def served(next_fault: Callable[[], str] = lambda: WHOLE) -> Iterator[tuple[str, ModelServer]]:
    """Yield the base URL and the model."""
    model = ModelServer(next_fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for each answer, so that no delayed ACK waits

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            packed = self.rfile.read(size)
            if len(packed) < size:
                self.close_connection = True  # the client was killed in the middle
                return
            body = gzip.decompress(packed)
            count = len(json.loads(body)["events"])
            answer = model.send(body, self.headers["Idempotency-Key"], count)
            if not isinstance(answer, Answered):
                self.close_connection = True  # the client sees a connection that broke
                return
            receipts = [{"id": r.id, "status": r.status} for r in answer.receipts]
            content = json.dumps({"events": receipts}).encode()
            self.send_response(202)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # the client was killed before it had its answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
