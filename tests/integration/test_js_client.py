"""The JavaScript client against the real handlers, and its recorder, killed while it records."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit

import pytest
from support.gateway import api_event
from support.handlers import LambdaContext
from support.pipeline import Caller, Pipeline, now

PACKAGE = Path(__file__).parents[2] / "clients" / "js"
FAULTS = ("none", "none", "cut before", "cut after")


@pytest.fixture(scope="session")
def js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests of the JavaScript client, compiled as the sources are now."""
    compiler = PACKAGE / "node_modules" / ".bin" / "tsc"
    if shutil.which("node") is None or not compiler.exists():
        pytest.fail("Install Node.js and npm, and run `npm ci` in clients/js.", pytrace=False)
    build = tmp_path_factory.mktemp("js")
    (build / "package.json").write_text('{"type": "module"}')
    command = [str(compiler), "-p", "tsconfig.test.json", "--outDir", str(build)]
    subprocess.run(command, cwd=PACKAGE, check=True)
    return build / "tests"


@contextmanager
def unreliable_gateway(pipeline: Pipeline, faults: Iterator[str]) -> Iterator[str]:
    """The URL of the handlers, behind connections that break before or after the effect.

    GETs go to the query handler.
    """
    one_at_a_time = Lock()  # as the handlers of one environment are

    class Gateway(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with one_at_a_time:
                fault = next(faults)
                if fault != "cut before":
                    answer = self.invoke(pipeline.ingest, body)
            if fault == "none":
                self.send_answer(answer["statusCode"], answer["body"].encode())
            else:
                self.close_connection = True

        def do_GET(self) -> None:
            with one_at_a_time:
                answer = self.invoke(pipeline.query, b"")
            self.send_answer(answer["statusCode"], answer["body"].encode())

        def invoke(self, function: ModuleType, body: bytes) -> dict[str, str]:
            url = urlsplit(self.path)
            event = api_event(
                base64.b64encode(body).decode(),
                list(self.headers.items()),
                method=self.command,
                path=url.path.removeprefix("/api"),
                query=parse_qsl(url.query),
                received_at=now(),
                is_base64=True,
            )
            answer: dict[str, str] = function.handler(event, LambdaContext())
            return answer

        def send_answer(self, status: str, body: bytes) -> None:
            self.send_response(int(status))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps the requests out of the output of the tests."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A killed process does not read its answer."""

    with Server(("127.0.0.1", 0), Gateway) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def record_until_killed(
    child_js: Path, arguments: list[str], key: str, seconds: float | None
) -> list[str]:
    """The actions of the events for which `record` returned."""
    environment = {**os.environ, "INDELIBLE_API_KEY": key}
    command = ["node", str(child_js), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        printed = child.stdout.readline()
        if seconds is not None:
            time.sleep(seconds)
            child.kill()
        printed += child.stdout.read()
    if seconds is None:
        assert child.returncode == 0
    return printed.split("\n")[:-1]


def test_killed_recorders_chain_each_event_once_and_in_order(
    pipeline: Pipeline, caller: Caller, tmp_path: Path, js: Path
) -> None:
    child = js / "recording_child.js"
    chance = random.Random(5)
    calm = [False]
    faults = iter(lambda: "none" if calm[0] else chance.choice(FAULTS), None)
    recorded: list[str] = []
    with unreliable_gateway(pipeline, faults) as url:
        for run in range(6):
            arguments = [url, str(tmp_path), str(run), "1000"]
            recorded += record_until_killed(child, arguments, caller.key, chance.random() / 2)
            pipeline.drain()
        calm[0] = True
        recorded += record_until_killed(child, [url, str(tmp_path), "last", "1"], caller.key, None)
    pipeline.drain()

    chained = [each["action"] for each in pipeline.chain(caller.workspace_id)]
    assert len(set(chained)) == len(chained)
    known = set(recorded)
    assert [action for action in chained if action in known] == recorded
    assert recorded[-1] == "last.0"


def test_the_client_reads_and_verifies_what_it_has_submitted(
    pipeline: Pipeline, caller: Caller, js: Path
) -> None:
    environment = {**os.environ, "INDELIBLE_API_KEY": caller.key}
    with unreliable_gateway(pipeline, iter(lambda: "none", None)) as url:
        command = ["node", str(js / "calling_child.js"), url]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, env=environment, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "submitted\n"
            pipeline.drain()
            printed, _ = child.communicate()
    assert json.loads(printed) == {
        "submitted": ["queued", "queued"],
        "matching": [["invoice.sent", "7"], ["invoice.paid", "user_1"]],
        "proof": 1,
        "metadata": {"plan": "pro"},
        "verified": [[True, 2]],
        "missing": "NotFoundError",
    }
