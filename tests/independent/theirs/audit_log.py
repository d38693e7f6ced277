"""Checks every tile and every bundle of a log with aics-tlog: {folder, key} -> {size, files}."""

import json
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    TileMissingError,
    TileVerificationError,
    audit_tiles,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verify_checkpoint,
)


def audit(folder: Path, key: str) -> dict[str, object]:
    note = parse_note((folder / "checkpoint").read_bytes())
    verified = verify_checkpoint(note, parse_vkey(key))
    if not verified.ok:
        return {"refused": verified.error}
    checkpoint = parse_checkpoint(note.text)
    try:
        report = audit_tiles(FileSystemTileReader(folder), checkpoint.size, checkpoint.root)
    except (TileMissingError, TileVerificationError) as error:
        return {"refused": str(error)}
    return {"size": report.size, "files": report.tiles + report.bundles}


request = json.load(sys.stdin)
json.dump(audit(Path(request["folder"]), request["key"]), sys.stdout)
