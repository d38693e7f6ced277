"""A server in a process of its own that answers batches as ingest does, at once.

It is there so that the cost of HTTP is measured: sockets, headers, compression, receipts.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Ingest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for an answer, so that nothing waits for a delayed ACK

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        receipts = [
            {"id": f"019584a1-7c2e-7b3a-9d41-{number:012x}", "status": "queued"}
            for number in range(body.count(b"\n") + 1)
        ]
        answer = json.dumps({"events": receipts}).encode()
        self.send_response(202)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextmanager
def answering() -> Iterator[str]:
    """Run the server while the block runs. Yields its URL."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def main() -> None:
    """Print the port, and serve."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ingest)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
