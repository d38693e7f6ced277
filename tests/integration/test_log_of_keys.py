"""The log says which key a request used and where it came from, and never the key itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from indelible.accounts.keys import READ, WRITE
from indelible.accounts.limits import Limits
from indelible.accounts.workspace import Policy
from indelible.aws.api_keys import create_key, revoke_key
from integration.export_pipeline import ExportPipeline
from support.builders import an_event
from support.pipeline import Caller, Pipeline, now

SOURCE = "203.0.113.7"


def line_of(capsys: pytest.CaptureFixture[str], message: str) -> dict[str, Any]:
    """The one log line with this message since the last call."""
    logged = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    [found] = [each for each in logged if each.get("message") == message]
    return {str(name): value for name, value in found.items()}


def used(caller: Caller, label: str = "a key") -> dict[str, str]:
    """What a line says about the key of a known caller."""
    return {
        "workspace_id": caller.workspace_id,
        "key_prefix": caller.key[:20],
        "key_label": label,
        "source_ip": SOURCE,
        "correlation_id": "request-1",
    }


def test_an_accepted_batch_names_its_key_and_address(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.post_events(caller, an_event())
    assert line_of(capsys, "accepted").items() >= used(caller).items()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/{id}", "/v1/verify"])
def test_an_accepted_read_names_its_key_and_address(
    pipeline: Pipeline, caller: Caller, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [event_id] = pipeline.post_and_chain(caller, an_event())
    capsys.readouterr()
    assert pipeline.get(caller, path.format(id=event_id)).status == 200
    assert line_of(capsys, "accepted").items() >= used(caller).items()


def test_a_request_about_exports_names_its_key_and_address(
    export_pipeline: ExportPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    caller = export_pipeline.new_caller(events=1)
    capsys.readouterr()
    export_id = export_pipeline.start(caller)
    assert line_of(capsys, "export started").items() >= used(caller).items()
    export_pipeline.finish()
    capsys.readouterr()
    link = export_pipeline.get(caller, export_id).json["data"]["download_url"]
    assert line_of(capsys, "export shown").items() >= used(caller).items()
    export_pipeline.follow(link)
    downloaded = line_of(capsys, "downloaded")
    assert (downloaded["source_ip"], downloaded["correlation_id"]) == (SOURCE, "request-1")
    assert "key_prefix" not in downloaded, "a link needs no key"


def test_a_refused_request_names_its_key_and_address(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    reading = pipeline.new_caller(scopes=[READ])
    listed = pipeline.new_caller(Policy(allowlist=("198.51.100.0/24",)))
    full = pipeline.new_caller(Policy(Limits(events_per_month=1)))
    for caller, status, error in (
        (reading, 403, "Forbidden"),
        (listed, 403, "Forbidden"),
        (full, 429, "QuotaExceeded"),
    ):
        capsys.readouterr()
        assert pipeline.post_events(caller, an_event(), an_event()).status == status
        refused = line_of(capsys, "refused")
        assert refused.items() >= {**used(caller), "error": error}.items()


def test_a_refused_read_names_its_key_and_address(
    pipeline: Pipeline, export_pipeline: ExportPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    writing = pipeline.new_caller(scopes=[WRITE])
    capsys.readouterr()
    assert pipeline.get(writing, "/v1/events").status == 403
    assert line_of(capsys, "refused").items() >= used(writing).items()
    assert export_pipeline.post(writing, {}).status == 403
    assert line_of(capsys, "refused").items() >= used(writing).items()


def test_the_log_shows_who_still_uses_a_revoked_key(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rotating keys depends on it. The label is not logged, because the secret was not proved."""
    revoke_key(pipeline.table, caller.key[:20], now())
    assert pipeline.post_events(caller, an_event()).status == 401
    refused = line_of(capsys, "refused")
    assert refused["key_prefix"] == caller.key[:20]
    assert refused["source_ip"] == SOURCE
    assert not {"workspace_id", "key_label"} & refused.keys()


@pytest.mark.parametrize("key", ["imk_" + 47 * "a", "hunter2", "imk_" + 47 * "a" + "\u0663", ""])
def test_what_is_not_a_key_is_not_logged_at_all(
    pipeline: Pipeline, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be the secret of something else."""
    answer = pipeline.send("{}", headers=[("Authorization", f"Bearer {key}")])
    assert answer.status == 401
    refused = line_of(capsys, "refused")
    assert "key_prefix" not in refused
    assert not key or key[:20] not in json.dumps(refused)
    assert refused["source_ip"] == SOURCE


def test_an_unknown_path_names_the_address(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline.get(caller, "/v1/nothing").status == 404
    assert line_of(capsys, "refused")["source_ip"] == SOURCE


def test_no_key_is_in_the_line_of_the_next_request(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    """An environment serves one request after another."""
    pipeline.post_events(caller, an_event())
    capsys.readouterr()
    pipeline.send("{}")
    assert not {"key_prefix", "key_label", "workspace_id"} & line_of(capsys, "refused").keys()


def test_two_keys_of_a_workspace_can_be_told_apart(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    second = create_key(
        pipeline.table, caller.workspace_id, "billing-2027", frozenset({WRITE}), now()
    )
    other = Caller(caller.workspace_id, second)
    pipeline.post_events(other, an_event())
    assert line_of(capsys, "accepted").items() >= used(other, "billing-2027").items()


def test_a_client_cannot_choose_the_correlation_id(
    pipeline: Pipeline, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can choose the gateway's `requestId`, and so could imitate another request in the log."""
    pipeline.post_events(caller, an_event())
    pipeline.drain()
    logged = capsys.readouterr().out
    assert "chosen-by-the-client" not in logged
    assert logged.count('"correlation_id":"request-1"') == 2
