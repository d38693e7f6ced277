"""The deployed local stack, as `make up` writes it to .local/stack.json for tests and tools."""

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
    growth_queue_url: str
    locked_bucket: str
    state_bucket: str
    signing_key_arn: str
    log_origin: str
    functions: dict[str, str]
    """The name of each deployed function, by its folder in functions/."""

    roles: dict[str, str]
    """The ARN of each function's role, by the same folders."""

    workspace_id: str
    api_key: str
    sources: str
    """The fingerprint of the sources that are deployed."""


def load() -> Stack | None:
    """The stack of the last `make up`, or None. It may have been stopped since."""
    try:
        return Stack(**json.loads(settings.STACK_FILE.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def require() -> Stack:
    """The stack of the last `make up`. Raises LocalStackError if there was none."""
    stack = load()
    if stack is None:
        raise LocalStackError("There is no local stack; run `make up` first.")
    return stack


def save(stack: Stack) -> None:
    """Write the file. Only its owner can read it, because it contains an API key."""
    unfinished = settings.STACK_FILE.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(stack), file, indent=2)
    unfinished.replace(settings.STACK_FILE)
