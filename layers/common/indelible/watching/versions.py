"""The versions of the locked bucket: every key has one, and nothing hides it."""

from __future__ import annotations

from ..checkpoints.watched import LOG
from ..verifying.breaks import Break, bucket_tampered
from .ports import KeyVersions, VersionedBucket

PAGE = 1_000
"""Keys of a page."""


def owner_of(key: str) -> str:
    """The workspace whose tile the key is; LOG for every other object."""
    kind, _, rest = key.partition("/")
    return rest.partition("/")[0] if kind == "ws" else LOG


def check_versions(versions: KeyVersions) -> list[Break]:
    """The break of a key that was put twice, or that somebody has tried to delete."""
    key, count, markers = versions
    if count == 1 and not markers:
        return []
    reason = f"{key} has {count} versions and {markers} delete markers; it must have one version"
    return [bucket_tampered(0, reason)]


def check_key(bucket: VersionedBucket, key: str) -> list[Break]:
    """The break of one key. None if there is no such key: what should be there is read elsewhere.

    Raises Unavailable.
    """
    page = bucket.versions(key, "")
    return [found for each in page.keys if each.key == key for found in check_versions(each)]
