"""The condition keys of S3 in policies, and the permission that a lock of its own needs."""

import math
from datetime import UTC, datetime
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]

_KEYS = {
    "if-match": "s3:if-match",
    "if-none-match": "s3:if-none-match",
    "x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
    "x-amz-object-lock-mode": "s3:object-lock-mode",
    "x-amz-object-lock-retain-until-date": "s3:object-lock-retain-until-date",
}
"""The condition key of each header of a put. The names of headers are in lower case."""

_UNTIL = "s3:object-lock-retain-until-date"
_DAYS_LEFT = "s3:object-lock-remaining-retention-days"


def know_conditional_puts_and_locks() -> None:
    """Give policies the conditions and the lock with which an object is put.

    MiniStack has none of these keys, so a policy that demands `s3:if-none-match` would refuse every
    put.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    context_of = iam_actions.s3_service_context

    def context_of_put(
        action: str, query: Any, path: str = "", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        context: dict[str, Any] = dict(context_of(action, query, path, headers))
        if action != "s3:PutObject":
            return context
        sent = {name: value.strip('"') for name, value in (headers or {}).items()}
        context |= {key: sent[header] for header, key in _KEYS.items() if header in sent}
        if _UNTIL in context:
            left = datetime.fromisoformat(context[_UNTIL]) - datetime.now(UTC)
            context[_DAYS_LEFT] = str(math.floor(left.total_seconds() / 86_400))
        return context

    iam_actions.s3_service_context = context_of_put


def need_the_permission_to_lock() -> None:
    """Check `s3:PutObjectRetention` for a put with a lock of its own, as AWS does.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    """
    checks_of = iam_actions.s3_additional_checks

    def checks_of_put(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Any
    ) -> list[tuple[str, str]]:
        checks = list(checks_of(method, path, headers, body, query))
        if method == "PUT" and (headers or {}).get("x-amz-object-lock-mode"):
            checks.append(("s3:PutObjectRetention", f"arn:aws:s3:::{path.lstrip('/')}"))
        return checks

    iam_actions.s3_additional_checks = checks_of_put
