"""Serves the fake API on a port of this machine, in threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from browser.fake_api import FakeApi


@contextmanager
def serving(api: FakeApi) -> Iterator[FakeApi]:
    """Serve the API on a port of this machine, in threads."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if urlsplit(self.path).path == "/file.csv":
                attachment = {"Content-Disposition": 'attachment; filename="events.csv"'}
                status, headers, content = 200, attachment, b"sequence,action\r\n"
            else:
                status, headers, content = api.answer(
                    self.command, self.path, dict(self.headers.items()), body
                )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Tests look at `requests`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    api.origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
