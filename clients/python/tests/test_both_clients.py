"""Client and AsyncClient have the same calls, arguments and descriptions."""

from __future__ import annotations

import inspect

import pytest

from indelible_client import AsyncClient, Client

CALLS = sorted(name for name in vars(Client) if not name.startswith("_") and name != "close")


def test_both_clients_have_the_same_calls() -> None:
    theirs = {name for name in vars(AsyncClient) if not name.startswith("_")}
    assert theirs - {"aclose"} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_has_the_same_arguments_and_description(name: str) -> None:
    ours, theirs = getattr(Client, name), getattr(AsyncClient, name)
    assert inspect.signature(ours).parameters == inspect.signature(theirs).parameters
    assert ours.__doc__ == theirs.__doc__


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_key_base_url_and_timeout_are_the_positional_arguments(kind: type) -> None:
    parameters = inspect.signature(kind).parameters.values()
    positional = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    assert positional == ["api_key", "base_url", "timeout"]
