"""Codecs: what names none is zlib, and an unknown one is a failure that is tried again."""

from __future__ import annotations

import zlib
from dataclasses import replace

import pytest
from indelible.aws.ledger import item_of, segment_of
from indelible.chain.segment import read_records
from indelible.errors import FromNewerVersion, Unavailable, Unreadable
from indelible.message import decode
from indelible.verifying.segments import verify
from support.builders import WORKSPACE, a_chain, a_message, a_queued_event

CHAIN = a_chain(9, 3)
NEWER = replace(CHAIN[1], codec="zstd-next")
SENTENCE = (
    "the segment at sequence 4 of ws_test is compressed with 'zstd-next', which is unknown: it may"
    " be from a newer version; upgrade, then try again"
)


def test_an_item_and_a_message_name_their_codec() -> None:
    assert item_of(CHAIN[0])["codec"] == {"S": "zstd"}
    assert a_message(a_queued_event()).startswith("zstd:KLUv/")  # a frame's first bytes


def test_an_item_without_a_codec_is_zlib() -> None:
    plain = b"\n".join(read_records(CHAIN[0]))
    item = item_of(replace(CHAIN[0], records=zlib.compress(plain)))
    del item["codec"]
    segment = segment_of(item)
    assert read_records(segment) == read_records(CHAIN[0])
    assert segment_of(item_of(segment)) == segment  # what is copied keeps its codec


@pytest.mark.parametrize("codec", ["zlib", "zstd"])
def test_a_codec_is_never_guessed(codec: str) -> None:
    plain = b"\n".join(read_records(CHAIN[0]))
    other = CHAIN[0].records if codec == "zlib" else zlib.compress(plain)
    with pytest.raises(Unreadable):
        read_records(replace(CHAIN[0], codec=codec, records=other))


def test_an_unknown_codec_of_a_segment_is_an_error_that_names_the_place() -> None:
    with pytest.raises(FromNewerVersion) as failure:
        read_records(NEWER)
    assert str(failure.value) == SENTENCE
    assert isinstance(failure.value, Unavailable)  # 503: another version may read it


def test_a_chain_with_an_unknown_codec_is_neither_valid_nor_broken() -> None:
    """A rollback must not look like tampering, and tampering must not look like a valid chain."""
    with pytest.raises(FromNewerVersion, match="sequence 4"):
        list(verify(WORKSPACE, [CHAIN[0], NEWER, CHAIN[2]]))


def test_a_codec_that_is_not_a_string_is_damage() -> None:
    with pytest.raises(Unreadable):
        segment_of(item_of(CHAIN[0]) | {"codec": {"N": "1"}})


@pytest.mark.parametrize("body", ["zstd-next:KLUv/Q==", "lz5:not base64", "x:", "zstd2:\n"])
def test_an_unknown_codec_of_a_message_is_not_unreadable(body: str) -> None:
    with pytest.raises(FromNewerVersion, match="message is compressed with"):
        decode(body)


@pytest.mark.parametrize("body", ["zstd:", "zstd:hello", "ZSTD:KLUv/Q==", ":", "a" * 17 + ":x"])
def test_what_no_version_would_send_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        decode(body)


def test_a_long_name_of_a_codec_is_cut_in_the_error() -> None:
    with pytest.raises(FromNewerVersion) as failure:
        read_records(replace(CHAIN[0], codec="x" * 10_000))
    assert len(str(failure.value)) < 250
