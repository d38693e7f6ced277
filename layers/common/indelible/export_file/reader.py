"""Reads an export file: the manifest first, then the lines, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from .blocks import Readable, read_blocks
from .lines import DamageLine
from .manifest import Manifest, read_manifest
from .read_lines import BadLine, RecordLines, read_lines


class ExportReader:
    """An export file that is open, with its manifest read.

    Raises Unreadable when the file does not begin with a manifest.
    """

    def __init__(self, stream: Readable) -> None:
        blocks = read_blocks(stream)
        line, _, rest = next(blocks, b"").partition(b"\n")
        self.manifest: Manifest = read_manifest(line)
        self.records_read = 0
        """The number of lines read so far that have a record. The others have only hashes."""

        self._blocks = chain([rest] if rest else [], blocks)

    def blocks(self) -> Iterator[list[RecordLines | DamageLine | BadLine]]:
        """Yield the lines after the manifest, block by block. It can be called only once.

        Raises Unreadable where the file is damaged or cut off, after it has yielded all blocks
        before.
        """
        for block in self._blocks:
            lines = [*read_lines(block)]
            for part in lines:
                if isinstance(part, RecordLines):
                    self.records_read += len([*filter(None, part.records)])
            yield lines
