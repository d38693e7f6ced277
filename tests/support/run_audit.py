"""What each published run follows from, read without the code that wrote it.

Its state has the time and the entries that the run has logged, and it is signed only by keys that
the log has.
"""

from __future__ import annotations

import json
import struct
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

KEY = b"indelible.key/v1\n"


def audit_runs(objects: Mapping[str, bytes], states: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with the runs. A state that is gone is not looked at."""
    known = set[str]()
    for name in sorted(key for key in objects if key.startswith("run/")):
        run = json.loads(objects[name])
        entries = [b64decode(each) for each in run["entries"]]
        signing = _signing(run)
        known |= {*signing} if run["number"] == 1 else {*_logged(entries)}
        if not {*signing} <= known:
            yield f"run {run['number']}: it is signed by a key that no entry names"
        state = states.get(run["state_version"])
        if state is not None and not state.endswith(_end_of_state(entries)):
            yield f"run {run['number']}: its state has another time, or other entries"


def _signing(run: dict[str, Any]) -> Iterator[str]:
    """The ids of the log's keys that signed the run, in hex."""
    text, _, signatures = run["note"].partition("\n\n")
    for line in signatures.splitlines():
        _, name, signature = line.split(" ")
        if name == text.partition("\n")[0]:
            yield b64decode(signature)[:4].hex()


def _logged(entries: Sequence[bytes]) -> Iterator[str]:
    """The ids of the keys that these entries name, in hex."""
    for each in entries:
        if each.startswith(KEY):
            yield each.split(b"\n")[2].split(b"+")[1].decode()


def _end_of_state(entries: Sequence[bytes]) -> bytes:
    """The last bytes of the state of a run that has logged these entries."""
    *before, last = entries
    time = int(last.split(b"\n")[1])
    return struct.pack(">QH", time, len(before)) + b"".join(
        struct.pack(">H", len(each)) + each for each in before
    )
