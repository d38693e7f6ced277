"""Verifying a proof, with the answer as a bool."""

from __future__ import annotations

from typing import Any

from indelible.errors import WrongProof
from indelible.tlog.merkle import check_consistency, check_inclusion


def is_included(*arguments: Any) -> bool:
    try:
        check_inclusion(*arguments)
    except WrongProof:
        return False
    return True


def is_consistent(*arguments: Any) -> bool:
    try:
        check_consistency(*arguments)
    except WrongProof:
        return False
    return True
