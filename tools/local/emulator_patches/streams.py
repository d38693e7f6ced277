"""Makes streams of DynamoDB tables continue after a restart.

MiniStack stores the number of records that each event source mapping has read, but not the records.
After a restart the stream is empty, and a mapping skips that number of new records.
"""

from typing import Any

from ministack.core.responses import (  # type: ignore[import-not-found,unused-ignore]
    AccountRegionScopedDict,
)
from ministack.services import dynamodb, lambda_svc  # type: ignore[import-not-found,unused-ignore]


def keep_unread_records() -> None:
    """Store unread records, so that mappings read them after the next start.

    AWS keeps all records for 24 hours. Records that were read are not needed here, and storing
    them takes 6 s for 100,000.
    """
    get_state, load_state = dynamodb.get_state, dynamodb.load_persisted_state

    def get_with_streams() -> dict[str, Any]:
        # Items first: a record without its item does no harm, an item without its record would.
        return {**get_state(), **unread_streams()}

    def load_with_streams(data: dict[str, Any]) -> None:
        dynamodb._stream_records.update(data.get("stream_records", {}))
        dynamodb._stream_trimmed.update(data.get("stream_trimmed", {}))
        load_state(data)

    dynamodb.get_state = get_with_streams
    dynamodb.load_persisted_state = load_with_streams


def unread_streams() -> dict[str, Any]:
    """For each table, the records from the first unread one on, and the number before it."""
    records, trimmed = AccountRegionScopedDict(), AccountRegionScopedDict()
    for (account, region, name), kept in dynamodb._stream_records.all_items():
        start = dynamodb.stream_start_position(name, account_id=account, region=region)
        table = dynamodb._tables.get_scoped(account, region, name, {})
        unread = max(start, min(positions_in(table.get("LatestStreamArn")), default=start))
        records.set_scoped(account, region, name, kept[unread - start :])
        trimmed.set_scoped(account, region, name, unread)
    return {"stream_records": records, "stream_trimmed": trimmed}


def positions_in(stream_arn: str) -> list[int]:
    """The number of records that each mapping of a stream has read."""
    return [
        lambda_svc._dynamodb_stream_positions.get_scoped(*scope, 0)
        for scope, mapping in lambda_svc._esms.all_items()
        if mapping.get("EventSourceArn") == stream_arn
    ]


def read_on_in_shorter_streams() -> None:
    """Let a mapping that has read more records than its stream has continue with the next one.

    MiniStack without our patch writes this state.
    """
    restore = lambda_svc._restore_state

    def restore_and_correct(data: dict[str, Any]) -> None:
        restore(data)
        positions = lambda_svc._dynamodb_stream_positions
        for scope, mapping in lambda_svc._esms.all_items():
            if positions.contains_scoped(*scope):
                account, region, _ = scope
                table = mapping["EventSourceArn"].split("/")[1]
                end = dynamodb.stream_end_position(table, account_id=account, region=region)
                positions.set_scoped(*scope, min(end, positions.get_scoped(*scope)))

    lambda_svc._restore_state = restore_and_correct
