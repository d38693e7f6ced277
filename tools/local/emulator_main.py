"""Runs MiniStack with our patches, in MiniStack's own virtual environment.

Called as `python -m tools.local.emulator_main LOCK_FILE FUNCTION_PYTHON` in the project's folder.
"""

import fcntl
import json
import os
import sys
from pathlib import Path

from ministack import app  # type: ignore[import-not-found,unused-ignore]

from tools.local.emulator_patches import (
    functions,
    gateway,
    iam,
    kms,
    permissions,
    queries,
    s3_locks,
    s3_permissions,
    sqs,
    state,
    streams,
)


def hold(lock_file: Path) -> None:
    """Hold the lock until this process ends, and write its id and port into the file."""
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(descriptor, 0)
    holder = {"pid": os.getpid(), "port": int(os.environ["GATEWAY_PORT"])}
    os.write(descriptor, json.dumps(holder).encode())


def main(lock_file: str, function_python: str) -> None:
    hold(Path(lock_file))
    functions.run_functions_with(function_python)
    functions.unpack_each_layer_once()
    gateway.count_loopback_as_tls()
    gateway.import_whole_apis()
    gateway.pass_the_called_address()
    permissions.know_dynamodb_condition_keys()
    permissions.know_dynamodb_statements()
    iam.compare_the_arn_of_the_role()
    kms.know_kms_condition_keys()
    sqs.check_batches_as_single_calls()
    s3_permissions.know_conditional_puts_and_locks()
    s3_permissions.need_the_permission_to_lock()
    s3_locks.keep_locks()
    s3_locks.compare_dates_of_locks_in_utc()
    s3_locks.lock_joined_uploads()
    s3_locks.keep_versioning_of_locked_buckets()
    s3_locks.lock_buckets_of_templates()
    queries.compare_keys_directly()
    streams.keep_unread_records()
    streams.read_on_in_shorter_streams()
    state.end_once_state_is_written()
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main(*sys.argv[1:3])
