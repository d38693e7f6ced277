"""A server that loads the application and then forks its workers, as gunicorn does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from indelible_client import Recorder
from indelible_client.frameworks import Actor, Audit
from indelible_client.frameworks.wsgi import AuditMiddleware

WORKERS = ["ann", "bob", "cleo"]


def main(key: str, url: str) -> None:
    audit = Audit(Recorder(key, url))

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        audit.record("document.deleted")
        return []

    app = AuditMiddleware(application, actor=lambda environ: Actor(environ["REMOTE_USER"]))
    app({"REMOTE_USER": "parent"}, lambda *_: lambda _: None)
    for user in WORKERS:
        if os.fork() == 0:
            app({"REMOTE_USER": user}, lambda *_: lambda _: None)
            sys.exit()
    for _ in WORKERS:
        os.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
