"""The outbox for Django: an app with a model, `record`, `drain` and the command that relays.

Copy this folder into your project, add `django_outbox` to INSTALLED_APPS, and migrate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from django.db import connections, router, transaction

from indelible_client import Client, TransactionMisuse
from indelible_client import outbox as relay
from indelible_client.outbox import Row, encode_once
from indelible_client.types import EventFields

if TYPE_CHECKING:
    from typing_extensions import Unpack


def record(
    actor_id: Union[str, int],
    action: str,
    *,
    using: Optional[str] = None,
    **fields: Unpack[EventFields],
) -> None:
    """Add an event to the transaction of the database `using`, by default that of the router.

    Raises InvalidEvent, or TransactionMisuse outside of `atomic`.
    """
    event = encode_once(actor_id, action, dict(fields))
    database = using or _database()
    if connections[database].get_autocommit():
        raise TransactionMisuse("record() needs transaction.atomic() or ATOMIC_REQUESTS around it.")
    _model().objects.using(database).create(event=event)


def drain(client: Client, *, using: Optional[str] = None, timeout: Optional[float] = None) -> bool:
    """Send the events that are committed, and delete them. False if the time is up before.

    Pass a `Client` with `retry_for=0`. An error of the database is raised; call it again then.
    """
    database = using or _database()
    if not connections[database].get_autocommit():
        raise TransactionMisuse("drain() in a transaction would send what is not committed.")
    return relay.drain(_Rows(database), client, timeout)


class _Rows:
    def __init__(self, database: str) -> None:
        self._database = database

    def oldest(self, limit: int) -> list[Row]:
        waiting = self._objects().filter(refused=None).order_by("id")
        found = waiting.values_list("id", "event")[:limit]
        return [Row(id_, bytes(event)) for id_, event in found]

    def settle(self, accepted: Sequence[Row], refused: Mapping[Row, str]) -> None:
        with transaction.atomic(using=self._database):
            self._still(accepted).delete()
            for row, errors in refused.items():
                self._still([row]).update(refused=errors)

    def _still(self, rows: Sequence[Row]) -> Any:
        ids, events = [row.id for row in rows], [row.event for row in rows]
        return self._objects().filter(id__in=ids, event__in=events)

    def _objects(self) -> Any:
        return _model().objects.using(self._database)


def _model() -> Any:
    from .models import OutboxEvent  # noqa: PLC0415  # Django imports this package before models

    return OutboxEvent


def _database() -> str:
    return str(router.db_for_write(_model()))
