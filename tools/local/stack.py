"""What `make up` leaves in .local/stack.json, for tests and tools to start from."""

import json
import os
from dataclasses import asdict, dataclass

from tools.local import settings
from tools.local.failure import LocalStackError


@dataclass(frozen=True)
class Stack:
    base_url: str
    endpoint_url: str
    region: str
    table_name: str
    queue_url: str
    dlq_url: str
    export_queue_url: str
    exports_bucket: str
    functions: dict[str, str]
    """The name of each deployed function, by its folder."""

    roles: dict[str, str]
    """The ARN of each function's role, by the function's folder."""

    workspace_id: str
    api_key: str
    sources: str
    """The fingerprint of what is deployed."""


def load() -> Stack | None:
    """The stack of the last `make up`, which may have gone since; None when there was none."""
    try:
        return Stack(**json.loads(settings.STACK_FILE.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def require() -> Stack:
    stack = load()
    if stack is None:
        raise LocalStackError("There is no local stack; run `make up` first.")
    return stack


def save(stack: Stack) -> None:
    """Writes the file so that only its owner can read the key in it."""
    unfinished = settings.STACK_FILE.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(stack), file, indent=2)
    unfinished.replace(settings.STACK_FILE)
