"""A file cut off, changed, forged or made to swell is found or refused, and never a crash."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from indelible.errors import Unreadable
from indelible.export_file.blocks import MAX_LINE_BYTES
from indelible.export_file.reader import ExportReader
from indelible.verifying.export_file import MAX_BREAKS_IN_FILE
from support.builders import a_chain
from support.export_lines import breaks_of, kinds, lines_of, packed

CHAIN = a_chain(12, 3)


def test_a_file_that_cannot_be_read_from_its_disk_is_not_called_broken() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        ExportReader(Failing())


def test_a_decompression_bomb_is_refused_early() -> None:
    bomb = gzip.compress(bytes(200 * 1024 * 1024))
    tracemalloc.start()
    try:
        found = kinds(packed(lines_of(CHAIN)) + bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == [("unreadable", 13)]
    assert peak < 8 * MAX_LINE_BYTES


@given(st.data())
def test_a_file_that_was_cut_off_anywhere_is_found(data: st.DataObject) -> None:
    file = packed(lines_of(CHAIN))
    cut = data.draw(st.integers(0, len(file) - 1))
    with suppress(Unreadable):
        assert breaks_of(file[:cut])


@given(st.data())
def test_a_change_of_any_byte_is_found_or_changes_no_content(data: st.DataObject) -> None:
    file = bytearray(packed(lines_of(CHAIN)))
    place = data.draw(st.integers(10, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    with suppress(Unreadable):
        assert breaks_of(bytes(file))


@given(st.binary(max_size=300))
def test_a_file_that_is_not_an_export_is_refused_and_never_a_crash(content: bytes) -> None:
    for file in (content, gzip.compress(content), packed([lines_of(CHAIN)[0]]) + content):
        with suppress(Unreadable):
            assert breaks_of(file)


def test_a_file_in_several_gzip_members_verifies() -> None:
    lines = lines_of(CHAIN)
    assert breaks_of(b"".join(packed([each]) for each in lines)) == []


def test_a_file_of_nothing_but_breaks_is_not_read_to_its_end() -> None:
    """10 KB decompressed to ten million lines took 40 s; a megabyte would take an hour."""
    manifest = lines_of(CHAIN)[0]
    found = breaks_of(packed([manifest, b"\n" * (3 * MAX_BREAKS_IN_FILE)]))
    assert found[-1].actual == "there are too many breaks; the rest was not read"
    assert MAX_BREAKS_IN_FILE < len(found) < 2.5 * MAX_BREAKS_IN_FILE
