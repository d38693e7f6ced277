"""template.yaml as it is deployed, with its aliases and merges resolved."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from support.handlers import ROOT


class _CloudFormationLoader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": X}, and `!GetAtt X.Y` as {"Fn::GetAtt": X.Y}."""


def _short_form(loader: _CloudFormationLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Condition", "Ref") else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {name: loader.construct_scalar(node)}


_CloudFormationLoader.add_multi_constructor("!", _short_form)


@cache
def read_template() -> dict[str, Any]:
    """The whole template as a dict."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, _CloudFormationLoader)
    return found
