"""Readers of segments and messages against bytes that somebody stored or sent.

An input is the name of a codec, a line feed, and what it should decompress. It is read as the
records of a segment, and as a message.
"""

from __future__ import annotations

import base64
from dataclasses import replace

from indelible.chain.segment import MAX_RECORDS_BYTES, read_records
from indelible.errors import FromNewerVersion, Unreadable
from indelible.message import MAX_JSON_BYTES, decode, unpack
from indelible.verifying.segments import verify
from support.builders import WORKSPACE, a_chain

SEGMENT = a_chain(40, 40)[0]
RECORDS = read_records(SEGMENT)


def check(case: bytes) -> None:
    """Read the input. AssertionError, or any escaped exception, names the broken promise."""
    name, _, packed = case.partition(b"\n")
    codec = name.decode("latin1")
    _check_segment(codec, packed)
    _check_message(f"{codec}:{base64.b64encode(packed).decode()}")


def _check_segment(codec: str, packed: bytes) -> None:
    stored = replace(SEGMENT, codec=codec, records=packed)
    try:
        records = read_records(stored)
    except Unreadable:
        records = None
    except FromNewerVersion:
        assert codec not in {"zlib", "zstd"}, "a known codec was called unknown"
        return
    assert records is None or len(b"\n".join(records)) <= MAX_RECORDS_BYTES, "beyond the bound"
    [step] = verify(WORKSPACE, [stored])
    assert bool(step.breaks) is (records != RECORDS), "other records pass, or the same do not"


def _check_message(body: str) -> None:
    try:
        assert len(unpack(body)) <= MAX_JSON_BYTES, "beyond the bound"
        assert decode(body).events, "a message without events was read"
    except (Unreadable, FromNewerVersion):
        return


def meaning(case: bytes) -> object:
    """The codec with what it decompresses to, or with the error. Two zstds may pack differently."""
    name, _, packed = case.partition(b"\n")
    try:
        plain = unpack(f"{name.decode('latin1')}:{base64.b64encode(packed).decode()}")
    except (Unreadable, FromNewerVersion) as error:
        return name, type(error).__name__
    return name, plain
