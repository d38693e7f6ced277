"""The condition keys of KMS in policies."""

import json
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]

_WITH_MESSAGE = {"kms:Sign", "kms:Verify"}


def know_kms_condition_keys() -> None:
    """Give policies `kms:SigningAlgorithm` and `kms:MessageType` of Sign and Verify.

    MiniStack has neither, so a statement that allows one algorithm would allow nothing.
    `MessageType` is RAW when the request has none.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    context_of = iam_actions.request_tag_context

    def context_with_message(
        service: str, action: str, body: bytes, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        context: dict[str, Any] = context_of(service, action, body, parameters)
        if action not in _WITH_MESSAGE:
            return context
        request = json.loads(body or b"{}")
        return {
            **context,
            "kms:SigningAlgorithm": request.get("SigningAlgorithm", ""),
            "kms:MessageType": request.get("MessageType", "RAW"),
        }

    iam_actions.request_tag_context = context_with_message
