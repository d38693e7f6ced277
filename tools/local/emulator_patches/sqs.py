"""The actions of SQS in policies."""

from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions  # type: ignore[import-not-found,unused-ignore]

_BATCH = "Batch"


def check_batches_as_single_calls() -> None:
    """Check `sqs:DeleteMessage` when messages are deleted in a batch, and so on.

    MiniStack checks `sqs:DeleteMessageBatch`, which is no action on AWS.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    extract = iam_actions.extract_iam_action

    def extract_single(service: str, *request: Any, **named: Mapping[str, Any]) -> Any:
        action = extract(service, *request, **named)
        if service == "sqs" and action and action.endswith(_BATCH):
            return action.removesuffix(_BATCH)
        return action

    iam_actions.extract_iam_action = extract_single
