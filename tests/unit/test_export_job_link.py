"""Download links: good for one file until it expires, and for nothing that we did not sign."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from indelible.encoding import to_base64url
from indelible.errors import Expired, Forbidden, NotFound
from indelible.exporting.job import Export
from indelible.exporting.link import follow_link, sign_link
from indelible.signing import sign
from support.builders import SECOND, WORKSPACE, a_chain
from unit.export_driver import ExportDriver

KEY = b"k" * 64


def finished() -> tuple[ExportDriver, Export]:
    workshop = ExportDriver(a_chain(3, 3))
    return workshop, workshop.finish(workshop.start())


def query_of(export: Export) -> dict[str, str]:
    return dict(parse_qsl(sign_link(KEY, export), strict_parsing=True))


def test_a_link_leads_to_its_export_until_it_expires() -> None:
    workshop, export = finished()
    query = query_of(export)
    last = export.expires_at - 1
    assert follow_link(KEY, workshop.exports, export.id, query, workshop.now) == export
    assert follow_link(KEY, workshop.exports, export.id, query, last) == export
    with pytest.raises(Expired, match="expired"):
        follow_link(KEY, workshop.exports, export.id, query, export.expires_at)


@pytest.mark.parametrize(
    "change",
    [
        {"workspace": "ws_other"},
        {"expires": "9999999999"},
        {"expires": "x"},
        {"signature": "A" * 43},
        {"signature": ""},
        {"signature": "\u00fc"},
        {"signature": "="},
        {"signature": None},
        {"workspace": None},
        {"expires": None},
        {"more": "x"},
    ],
    ids=repr,
)
def test_a_link_that_was_changed_is_refused(change: dict[str, str | None]) -> None:
    workshop, export = finished()
    changed = {**query_of(export), **change}
    query = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(Forbidden):
        follow_link(KEY, workshop.exports, export.id, query, workshop.now)


def test_a_link_is_good_for_its_own_export_only() -> None:
    workshop, export = finished()
    other = workshop.finish(workshop.start())
    with pytest.raises(Forbidden):
        follow_link(KEY, workshop.exports, other.id, query_of(export), workshop.now)


def test_a_link_of_another_key_is_refused() -> None:
    workshop, export = finished()
    with pytest.raises(Forbidden):
        follow_link(b"other" * 10, workshop.exports, export.id, query_of(export), workshop.now)


@pytest.mark.parametrize("expires", ["abc", "", "9" * 5_000])
def test_a_signed_link_without_a_time_is_refused(expires: str) -> None:
    """Whoever has the secret can sign it; then it must not count as a bug of ours."""
    workshop, export = finished()
    signed = "\n".join((export.workspace_id, export.id, expires)).encode()
    signature = to_base64url(sign(KEY, "export download", signed))
    query = {"workspace": export.workspace_id, "expires": expires, "signature": signature}
    with pytest.raises(Forbidden):
        follow_link(KEY, workshop.exports, export.id, query, workshop.now)


def test_a_link_to_what_is_gone_finds_nothing() -> None:
    workshop, export = finished()
    workshop.exports.stored.clear()
    with pytest.raises(NotFound):
        follow_link(KEY, workshop.exports, export.id, query_of(export), workshop.now)


def test_a_link_to_what_has_no_file_finds_nothing() -> None:
    workshop = ExportDriver(a_chain(3, 3))
    pending = workshop.start()
    workshop.now += SECOND
    with pytest.raises(NotFound):
        follow_link(KEY, workshop.exports, pending.id, query_of(pending), workshop.now)
    assert pending.workspace_id == WORKSPACE
