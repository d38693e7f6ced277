"""Paths and addresses of the local stack."""

import os
from pathlib import Path

from tools.local.failure import LocalStackError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
STACK_FILE = LOCAL / "stack.json"
LOCK_FILE = LOCAL / "ministack.lock"
EMULATOR_LOG = LOCAL / "ministack.log"
SETUP_LOG = LOCAL / "setup.log"

HOST = "127.0.0.1"
REGION = "us-east-1"
STACK_NAME = "indelible"
DEFAULT_PORT = 4566
# With AUTH=true, MiniStack treats this access key, with any secret, as the account's root user.
ROOT_KEY = "test"

_PORTS = range(1, 65536)


def chosen_port() -> int | None:
    """The port in INDELIBLE_PORT, or None if it is not set. LocalStackError if invalid."""
    wanted = os.environ.get("INDELIBLE_PORT")
    if not wanted:
        return None
    if not wanted.isdecimal() or int(wanted) not in _PORTS:
        raise LocalStackError(
            f"INDELIBLE_PORT is {wanted!r}; set it to a port number, such as 4567."
        )
    return int(wanted)


def endpoint_url(port: int) -> str:
    return f"http://{HOST}:{port}"


def shown(path: Path) -> str:
    """A path, relative to the project's folder if it is inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
