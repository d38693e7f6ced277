"""What the package is made of."""

from __future__ import annotations

import inspect

import indelible_client
from indelible_client import IndelibleError, errors


def test_every_error_of_the_package_can_be_imported_from_it() -> None:
    kinds = {
        name
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, IndelibleError)
    }
    assert kinds <= set(indelible_client.__all__)


def test_every_name_that_is_exported_exists() -> None:
    assert [name for name in indelible_client.__all__ if not hasattr(indelible_client, name)] == []
