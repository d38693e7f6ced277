"""template.yaml, read; what its tests ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class CloudFormationLoader(yaml.SafeLoader):
    """Reads `!Ref X` as {"Ref": X} and `!GetAtt X.Y` as {"Fn::GetAtt": X.Y}."""


def _short_form(loader: CloudFormationLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {name: loader.construct_mapping(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {name: loader.construct_scalar(node)}


CloudFormationLoader.add_multi_constructor("!", _short_form)
TEMPLATE: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), CloudFormationLoader)
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTION_ROLES = tuple(
    name for name in RESOURCES if name.endswith("Role") and "Gateway" not in name
)


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    found = {name: each for name, each in RESOURCES.items() if each["Type"] == kind}
    assert found, f"no {kind}"
    return found


def statements(role: str) -> Iterator[dict[str, Any]]:
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def table_grants(role: str) -> dict[str, list[str]]:
    """Which partitions each action on the table reaches, over all statements."""
    grants: dict[str, list[str]] = {}
    for statement in statements(role):
        for action in as_list(statement["Action"]):
            if action.startswith("dynamodb:"):
                condition = statement["Condition"]["ForAllValues:StringLike"]
                grants.setdefault(action, []).extend(condition["dynamodb:LeadingKeys"])
    return grants
