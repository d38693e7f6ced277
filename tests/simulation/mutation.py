"""Mutations: a deliberate bug, put into the code under test as long as a test wants it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, cast

from .promises import Promise

Edit = tuple[str, str]


@dataclass(frozen=True)
class Mutation:
    """A bug: edits to the source of one function, and the promises of which it breaks one."""

    bug: str
    function: Callable[..., Any]
    edits: tuple[Edit, ...]
    breaks: frozenset[Promise]

    def __str__(self) -> str:
        """As a test's name."""
        return self.bug.replace(" ", "_")

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the bug in: the function keeps its identity, so that everyone who has it has it."""
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


def bug(name: str, function: Callable[..., Any], *edits: Edit, breaks: set[Promise]) -> Mutation:
    """A mutation, in the order in which it reads best."""
    return Mutation(name, function, edits, frozenset(breaks))
