"""Helpers for tests of template.yaml: its resources, and the permissions of its roles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.template import read_template

TEMPLATE = read_template()
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
OTHER_ROLES = {"GatewayLogRole", "ScheduleRole"}
"""Roles of AWS services."""

FUNCTION_ROLES = tuple(
    name for name in RESOURCES if name.endswith("Role") and name not in OTHER_ROLES
)
FOURTEEN_DAYS = 14 * 24 * 3600
OF_TABLE = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}"


def own_or(attribute: str, of_the_other: str) -> dict[str, Any]:
    """A value of the stack's own table, or of the one in the parameter TableName."""
    return {"Fn::If": ["UsesOwnTable", {"Fn::GetAtt": attribute}, {"Fn::Sub": of_the_other}]}


def with_checkpoints(value: Any) -> Any:
    """A value as it is when the parameter Checkpoints is "on", as by default."""
    match value:
        case {"Fn::If": ["HasCheckpoints", there, _]}:
            return there
    return value


TABLE = own_or("Table.Arn", OF_TABLE)
STREAM = own_or("Table.StreamArn", OF_TABLE + "/stream/${TableStreamLabel}")

Statement = dict[str, Any]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a type, by logical id; there is at least one."""
    found = {name: each for name, each in RESOURCES.items() if each["Type"] == kind}
    assert found, f"no {kind}"
    return found


def properties(name: str) -> dict[str, Any]:
    """The properties of a resource."""
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


def statements(role: str) -> Iterator[Statement]:
    """The statements of all policies of a role, also of those that are resources of their own."""
    inline = properties(role)["Policies"]
    attached = [
        policy["Properties"]
        for policy in of_type("AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"] == [{"Ref": role}]
    ]
    for policy in [*inline, *attached]:
        yield from map(with_checkpoints, policy["PolicyDocument"]["Statement"])


def as_list(value: Any) -> list[Any]:
    """A list of one for a single value, as policies allow it."""
    return value if isinstance(value, list) else [value]


def table_grants(role: str) -> dict[str, list[str]]:
    """The partitions of the table that each action may access, over all statements."""
    grants: dict[str, list[str]] = {}
    for statement in statements(role):
        if statement["Resource"] == TABLE:
            leading_keys = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            for action in as_list(statement["Action"]):
                grants.setdefault(action, []).extend(leading_keys)
    return grants


def other_grants(role: str) -> dict[str, list[Any]]:
    """The resources that each action outside the table may access, over all statements."""
    grants: dict[str, list[Any]] = {}
    for statement in statements(role):
        if statement["Resource"] != TABLE:
            for action in as_list(statement["Action"]):
                grants.setdefault(action, []).extend(as_list(statement["Resource"]))
    return grants
