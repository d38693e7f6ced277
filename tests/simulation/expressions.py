"""DynamoDB's expressions, as far as Indelible uses them; anything else fails loudly.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Attribute = Mapping[str, Any]
Item = Mapping[str, Attribute]

_TOKEN = re.compile(r"\s*(<=|>=|[=<>+(),]|[:#]?[A-Za-z_]\w*)", re.ASCII)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Scope:
    """An item, and the values of an expression's placeholders."""

    item: Item
    names: Mapping[str, str]
    values: Item

    def get(self, token: str) -> Attribute | None:
        """The value of an operand; None for an absent attribute."""
        if token.startswith(":"):
            return self.values[token]
        return self.item.get(self.name(token))

    def name(self, token: str) -> str:
        """The attribute at a path."""
        return self.names[token] if token.startswith("#") else token


Condition = Callable[[Scope], bool]
Operand = Callable[[Scope], Attribute | None]
Action = Callable[[Scope, dict[str, Attribute]], None]


@lru_cache(maxsize=512)
def placeholders(*expressions: str) -> frozenset[str]:
    """The names and values that these expressions use; DynamoDB refuses any others."""
    return frozenset(token for each in expressions for token in _tokens(each) if token[0] in ":#")


@lru_cache(maxsize=512)
def condition(expression: str) -> Condition:
    """A condition as a function."""
    parser = _Parser(expression)
    parsed = parser.any_of()
    parser.expect_end()
    return parsed


@lru_cache(maxsize=512)
def update(expression: str) -> Action:
    """An update as a function that changes a copy; every operand is of the item before it."""
    parser, actions = _Parser(expression), list[Action]()
    while parser.tokens:
        clause = parser.take()
        while True:
            actions.append(parser.action(clause))
            if not parser.skip(","):
                break

    def apply(scope: Scope, changed: dict[str, Attribute]) -> None:
        for each in actions:
            each(scope, changed)

    return apply


def _tokens(expression: str) -> list[str]:
    tokens, position = list[str](), 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise NotImplementedError(f"unknown in an expression: {expression[position:]}")
        tokens.append(match[1])
        position = match.end()
    return tokens


def _plain(attribute: Attribute) -> Any:
    """The value; numbers are integers here."""
    [(kind, value)] = attribute.items()
    if kind not in {"S", "N", "B"}:
        raise NotImplementedError(f"comparing two values of type {kind}")
    return int(value) if kind == "N" else value


def _compare(symbol: str, left: Attribute | None, right: Attribute | None) -> bool:
    """A comparison with an absent attribute, or one of another type, is false."""
    if left is None or right is None:
        return False
    return left.keys() == right.keys() and _COMPARISONS[symbol](_plain(left), _plain(right))


def _is_between(low: Attribute | None, middle: Attribute | None, high: Attribute | None) -> bool:
    return _compare("<=", low, middle) and _compare("<=", middle, high)


def _add(left: Attribute, right: Attribute) -> Attribute:
    return {"N": str(int(left["N"]) + int(right["N"]))}


class _Parser:
    def __init__(self, expression: str) -> None:
        self.tokens = _tokens(expression)[::-1]

    def take(self, expected: str | None = None) -> str:
        token = self.tokens.pop() if self.tokens else "the end"
        if expected not in (None, token):
            raise NotImplementedError(f"expected {expected} in an expression, found {token}")
        return token

    def skip(self, token: str) -> bool:
        found = bool(self.tokens) and self.tokens[-1] == token
        if found:
            self.tokens.pop()
        return found

    def expect_end(self) -> None:
        if self.tokens:
            raise NotImplementedError(f"unknown in a condition: {self.tokens[::-1]}")

    def any_of(self) -> Condition:
        parts = [self.all_of()]
        while self.skip("OR"):
            parts.append(self.all_of())
        return lambda scope: any(part(scope) for part in parts)

    def all_of(self) -> Condition:
        parts = [self.term()]
        while self.skip("AND"):
            parts.append(self.term())
        return lambda scope: all(part(scope) for part in parts)

    def term(self) -> Condition:
        first = self.take()
        if first == "NOT":
            negated = self.term()
            return lambda scope: not negated(scope)
        if first == "(":
            inner = self.any_of()
            self.take(")")
            return inner
        if self.skip("("):
            return self.function(first)
        symbol = self.take()
        if symbol == "BETWEEN":
            low, _, high = self.take(), self.take("AND"), self.take()
            return lambda s: _is_between(s.get(low), s.get(first), s.get(high))
        if symbol not in _COMPARISONS:
            raise NotImplementedError(f"unknown comparison: {symbol}")
        second = self.take()
        return lambda s: _compare(symbol, s.get(first), s.get(second))

    def function(self, name: str) -> Condition:
        path = self.take()
        if name in {"begins_with", "attribute_type"}:
            self.take(",")
            value = self.take()
            self.take(")")
            if name == "attribute_type":
                return lambda s: s.values[value]["S"] in (s.get(path) or {})
            return lambda s: str((s.get(path) or {}).get("S")).startswith(s.values[value]["S"])
        self.take(")")
        if name == "attribute_exists":
            return lambda s: s.get(path) is not None
        if name == "attribute_not_exists":
            return lambda s: s.get(path) is None
        raise NotImplementedError(f"unknown function: {name}")

    def operand(self) -> Operand:
        token = self.take()
        if token != "if_not_exists":
            return lambda s: s.get(token)
        self.take("(")
        path, _, other = self.take(), self.take(","), self.take()
        self.take(")")
        return lambda s: s.get(path) or s.get(other)

    def action(self, clause: str) -> Action:
        path = self.take()
        if clause == "REMOVE":
            return lambda s, changed: (changed.pop(s.name(path), None), None)[1]
        if clause == "ADD":
            value = self.take()
            return lambda s, changed: changed.update(
                {s.name(path): _add(s.get(path) or {"N": "0"}, s.values[value])}
            )
        if clause != "SET":
            raise NotImplementedError(f"unknown clause: {clause}")
        self.take("=")
        left = self.operand()
        right = self.operand() if self.skip("+") else None
        return lambda s, changed: changed.update({s.name(path): _sum(left(s), right, s)})


def _sum(left: Attribute | None, right: Operand | None, scope: Scope) -> Attribute:
    added = right(scope) if right else None
    if left is None or (right and added is None):
        raise NotImplementedError("an update that uses an attribute that is not there")
    return _add(left, added) if added else left
