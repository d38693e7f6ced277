"""Mutations: deliberate bugs, patched into the code under test while a test needs them."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import CodeType, FunctionType
from typing import Any, cast

Edit = tuple[str, str]


@dataclass(frozen=True)
class Mutation:
    """A bug: edits to the source of one function, and the promises of which it breaks one."""

    bug: str
    function: Callable[..., Any]
    edits: tuple[Edit, ...]
    breaks: AbstractSet[StrEnum]

    def __str__(self) -> str:
        """The bug as a test id."""
        return self.bug.replace(" ", "_")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Patch the bug in. The function keeps its identity, so its references have the bug."""
        function = cast("FunctionType", self.function)
        sound = function.__code__
        function.__code__ = self._mutated(function)
        try:
            yield
        finally:
            function.__code__ = sound

    def _mutated(self, function: FunctionType) -> CodeType:
        source = textwrap.dedent(inspect.getsource(function))
        for old, new in self.edits:
            assert source.count(old) == 1, f"{old!r} is not in {function.__qualname__} just once"
            source = source.replace(old, new)
        scope: dict[str, Any] = {}
        header = "from __future__ import annotations\n"
        exec(compile(header + source, f"<{self.bug}>", "exec"), function.__globals__, scope)
        code: CodeType = scope[function.__name__].__code__
        return code.replace(co_qualname=function.__qualname__)


def bug(
    name: str, function: Callable[..., Any], *edits: Edit, breaks: AbstractSet[StrEnum]
) -> Mutation:
    """A mutation, with its arguments in readable order."""
    return Mutation(name, function, edits, frozenset(breaks))
