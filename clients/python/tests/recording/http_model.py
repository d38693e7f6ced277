"""The model of the service behind a real socket, for tests with several processes."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable, Optional

import httpx
from model_server import URL, WHOLE, ModelServer
from serving import serving


@contextmanager
def served(
    next_fault: Callable[[], str] = lambda: WHOLE, tls: Optional[ssl.SSLContext] = None
) -> Iterator[tuple[str, ModelServer]]:
    """Yield the base URL and the model. `tls` has the server's certificate."""
    model = ModelServer(next_fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for each answer, so that no delayed ACK waits

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            content = self.rfile.read(size)
            if len(content) < size:
                self.close_connection = True  # the client was killed in the middle
                return
            request = httpx.Request("POST", URL, headers=dict(self.headers), content=content)
            try:
                answer = model.handle_request(request)
            except httpx.TransportError:
                self.close_connection = True  # the client sees a connection that broke
                return
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # the client was killed before it had its answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}", model
