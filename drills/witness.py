"""A witness that is down for a while: runs go on without it, and it cosigns again afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from indelible.tlog.keys import VerifierKey
from support.memory_witness import MemoryWitness

from drills import log
from drills.rehearsal import Rehearsal, did, prove, prove_exit
from tools.local.commands import indelible
from tools.local.ports import free_ports

HOST = "127.0.0.1"
REFUSED = 1
"""Exit status of `indelible verify --checkpoint` for a file that the policy does not accept."""


def rehearse(rehearsal: Rehearsal) -> None:
    workspace_id = rehearsal.make_workspace("drill: witness")
    api_key = rehearsal.make_key(workspace_id, "drill")
    log.grow(rehearsal, workspace_id, api_key, 1)
    log_keys = [VerifierKey.read(each["vkey"]) for each in log.show_log()["keys"] if each["signed"]]
    witness = MemoryWitness(logs=log_keys)
    with TemporaryDirectory() as folder, free_ports(1) as [port]:
        policy = Path(folder, "policy")
        policy.write_text(f"log {log_keys[0].text}\nwitness w1 {witness.key.text}\nquorum w1\n")
        checked = ("--policy", str(policy), "--max-age", "10m")
        with _serving(witness, port):
            indelible("witness", "add", f"http://{HOST}:{port}", witness.key.text)
            log.run_until(rehearsal, "the witness cosigns", lambda: _cosigned(1))
            file = log.fetch(workspace_id, folder, "first")
            prove_exit(
                0, "a checkpoint is witnessed, as a policy of your own demands",
                "verify", "--checkpoint", str(file), *checked,
            )  # fmt: skip
        try:
            did("The witness is down.")
            since = log.now_ms()
            log.grow(rehearsal, workspace_id, api_key, 2)
            prove("runs go on, and cover what has grown", True)
            rings = log.has_logged(rehearsal, "look at this", since)
            prove("no alarm rings for a witness that is away", not rings)
            file = log.fetch(workspace_id, folder, "second")
            prove_exit(
                REFUSED, "but the policy refuses a checkpoint without its cosignature",
                "verify", "--checkpoint", str(file), *checked,
            )  # fmt: skip
            with _serving(witness, port):
                did("The witness is back.")
                log.grow(rehearsal, workspace_id, api_key, 3)
                log.run_until(rehearsal, "the witness cosigns again", lambda: _cosigned(1))
                file = log.fetch(workspace_id, folder, "third")
                prove_exit(
                    0, "it has cosigned all that was missed: the log has only grown",
                    "verify", "--checkpoint", str(file), *checked,
                )  # fmt: skip
        finally:
            indelible("witness", "remove", witness.key.name)


def _cosigned(count: int) -> bool:
    """Whether so many of the listed witnesses have cosigned the newest checkpoint."""
    return sum(each["cosigned_at"] is not None for each in log.show_log()["witnesses"]) == count


@contextmanager
def _serving(witness: MemoryWitness, port: int) -> Iterator[None]:
    """Serve the witness on this port of this machine while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            witness.time = int(time.time())
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, content_type, answer = witness.answer(body)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer((HOST, port), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
