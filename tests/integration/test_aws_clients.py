"""The clients of AWS: how they present themselves, and which of them check parameters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Thread
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ParamValidationError
from indelible import __version__
from indelible.aws.clients import CALLS_AT_A_TIME, dynamodb_client, s3_client
from indelible.aws.locked_bucket import READS_AT_A_TIME
from indelible.covering.cover_all import TILES_AT_A_TIME
from support.aws_faults import hooked


def test_every_call_says_who_makes_it(moto: None) -> None:
    """CloudTrail has it. Powertools adds its own part."""
    client, sent = dynamodb_client(), []

    def note(request: Any, **_: Any) -> None:
        sent.append(request.headers["User-Agent"].decode())

    with hooked(client, "before-send.dynamodb", note):
        client.list_tables()
        client.list_tables()
    assert len(set(sent)) == 1
    assert sent[0].startswith(f"Indelible/{__version__} Botocore/")


def test_a_file_without_a_name_is_refused_before_it_is_a_request_for_the_bucket(
    moto: None,
) -> None:
    with pytest.raises(ParamValidationError):
        s3_client().put_object(Bucket="files", Key="", Body=b"x")


class Answering(BaseHTTPRequestHandler):
    """Answers calls of DynamoDB once as many as are made side by side have come."""

    protocol_version = "HTTP/1.1"
    arrived = Barrier(CALLS_AT_A_TIME)
    connections: ClassVar[set[Any]] = set()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.connections.add(self.client_address)
        self.arrived.wait()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


def test_calls_side_by_side_keep_their_connections(environment: pytest.MonkeyPatch) -> None:
    """Covering reads the edges of many chains at the same time, round after round."""
    assert max(TILES_AT_A_TIME, READS_AT_A_TIME) <= CALLS_AT_A_TIME
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"http://127.0.0.1:{server.server_port}")
        client = dynamodb_client()
        with ThreadPoolExecutor(CALLS_AT_A_TIME) as pool:
            for _ in range(3):
                [*pool.map(lambda _: client.list_tables(), range(CALLS_AT_A_TIME))]
        client.close()
        server.shutdown()
    assert len(Answering.connections) == CALLS_AT_A_TIME
