"""`manage.py indelible_outbox`: send the events of the outbox to Indelible."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indelible_client import Client

from ... import drain

_URL, _KEY = "INDELIBLE_URL", "INDELIBLE_API_KEY"


class Command(BaseCommand):
    help = f"Send the events of the outbox, again and again. Reads {_URL} and {_KEY}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", help="the alias; default: that of the router")
        parser.add_argument("--once", action="store_true", help="send what waits, and end")

    def handle(self, *_: Any, **given: Any) -> None:
        if not (os.environ.get(_URL) and os.environ.get(_KEY)):
            raise CommandError(f"set {_URL} and {_KEY}")
        with Client(os.environ[_KEY], os.environ[_URL], retry_for=0) as client:
            drain(client, using=given["database"])
            while not given["once"]:
                time.sleep(1)
                drain(client, using=given["database"])
