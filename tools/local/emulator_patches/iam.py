"""The caller's ARN in the conditions of policies."""

from typing import Any

from ministack.core import iam_evaluator  # type: ignore[import-not-found,unused-ignore]
from ministack.services import iam  # type: ignore[import-not-found,unused-ignore]

_ROLE_IN_USE = ":assumed-role/"


def compare_the_arn_of_the_role() -> None:
    """Let `aws:PrincipalArn` be the ARN of the role, as on AWS, and not that of its session.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    resolve = iam_evaluator._resolve_condition_key

    def resolve_role(key: str, context: Any) -> Any:
        value = resolve(key, context)
        is_session = key.lower() == "aws:principalarn" and _ROLE_IN_USE in str(value)
        return _role_of(str(value)) if is_session else value

    iam_evaluator._resolve_condition_key = resolve_role


def _role_of(session_arn: str) -> str:
    """The ARN of the role in `arn:aws:sts::<account>:assumed-role/<role>/<session>`."""
    account, name = session_arn.split(":")[4], session_arn.split("/")[1]
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else f"arn:aws:iam::{account}:role/{name}"
