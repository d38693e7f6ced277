"""Run by Django's own test runner, because a process has the settings of one project only."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import TestCase, TransactionTestCase
from outbox.page import blocks
from outbox.service import CLAIMS, FAILS, KEY, LIMITED, LOST_AFTER, LOST_BEFORE, Service, served

from django_outbox import drain, record
from django_outbox.models import OutboxEvent
from indelible_client import InvalidEvent, TransactionMisuse

from .models import Order


def place_order(number: int, **fields: Any) -> None:
    Order.objects.create(number=number)
    record("user_1", "order.placed", resource_id=str(number), **fields)


class TheEventIsSentIfTheTransactionCommits(TransactionTestCase):
    databases = {"default", "second"}

    def setUp(self) -> None:
        self.service = Service()

    def sent(self, **options: Any) -> list[str]:
        self.assertTrue(drain(self.service.client(), **options))
        return self.service.chained()

    def test_a_committed_event_is_sent_once(self) -> None:
        with transaction.atomic():
            place_order(1)
        self.assertEqual(self.sent(), ["1"])
        self.assertEqual(self.sent(), ["1"])
        self.assertEqual(len(self.service.requests), 1)
        self.assertFalse(OutboxEvent.objects.exists())

    def test_an_event_of_a_block_that_is_rolled_back_is_never_sent(self) -> None:
        with self.assertRaises(ValueError), transaction.atomic():
            place_order(1)
            raise ValueError
        self.assertEqual(self.sent(), [])
        self.assertFalse(Order.objects.exists())

    def test_an_inner_block_that_is_rolled_back_takes_its_events_with_it(self) -> None:
        with transaction.atomic():
            place_order(1)
            with self.assertRaises(ValueError), transaction.atomic():
                place_order(2)
                raise ValueError
            with transaction.atomic():
                place_order(3)
        self.assertEqual(self.sent(), ["1", "3"])

    def test_the_transaction_of_a_request_decides(self) -> None:
        self.client.raise_request_exception = False
        self.assertEqual(self.client.get("/orders/1").status_code, 200)
        self.assertEqual(self.client.get("/orders/2?fail=1").status_code, 500)
        self.assertEqual(self.client.get("/orders/3").status_code, 200)
        self.assertEqual(self.sent(), ["1", "3"])
        numbers = Order.objects.order_by("number").values_list("number", flat=True)
        self.assertEqual(list(numbers), [1, 3])

    def test_an_event_outside_of_a_transaction_is_refused(self) -> None:
        with self.assertRaises(TransactionMisuse):
            place_order(1)
        self.assertFalse(OutboxEvent.objects.exists())

    def test_a_transaction_of_another_database_will_not_do(self) -> None:
        with transaction.atomic(), self.assertRaises(TransactionMisuse):
            record("user_1", "order.placed", using="second")

    def test_an_event_goes_to_the_database_that_is_named(self) -> None:
        with transaction.atomic(using="second"):
            record("user_1", "order.placed", resource_id="1", using="second")
        self.assertEqual(self.sent(), [])
        self.assertEqual(self.sent(using="second"), ["1"])

    def test_a_relay_in_a_transaction_is_refused(self) -> None:
        with transaction.atomic():
            place_order(1)
            with self.assertRaises(TransactionMisuse):
                drain(self.service.client())
        self.assertEqual(self.service.requests, [])

    def test_an_invalid_event_is_refused_where_it_is_recorded(self) -> None:
        with transaction.atomic():
            with self.assertRaises(InvalidEvent) as refused:
                record("user_1", "order.placed", metadata={"at": object()})
            Order.objects.create(number=1)
        self.assertEqual(refused.exception.field, "metadata.at")
        self.assertEqual((self.sent(), Order.objects.count()), ([], 1))


class AnEventIsKeptUntilItsAnswerIsFinal(TransactionTestCase):
    def setUp(self) -> None:
        self.service = Service()

    def test_whatever_goes_wrong(self) -> None:
        for number, fault in enumerate((LOST_BEFORE, LOST_AFTER, LIMITED, FAILS, CLAIMS)):
            with self.subTest(fault):
                self.service.faults = [fault, fault]
                with transaction.atomic():
                    place_order(number)
                for _ in range(2):
                    self.assertFalse(drain(self.service.client(), timeout=0))
                    self.assertEqual(OutboxEvent.objects.count(), 1)
                self.assertTrue(drain(self.service.client()))
                self.assertFalse(OutboxEvent.objects.exists())
        self.assertEqual(self.service.chained(), ["0", "1", "2", "3", "4"])

    def test_a_refused_event_stays_with_its_errors_and_holds_nothing_up(self) -> None:
        with transaction.atomic():
            place_order(1)
            record("user_1", "forbidden", resource_id="2")
            place_order(3)
        self.assertTrue(drain(self.service.client()))
        self.assertTrue(drain(self.service.client()))
        self.assertEqual(self.service.chained(), ["1", "3"])
        left = OutboxEvent.objects.get()
        self.assertEqual(json.loads(left.refused)[0]["field"], "action")
        self.assertEqual(len(self.service.requests), 1)

    def test_a_row_that_took_over_an_id_is_not_deleted(self) -> None:
        with transaction.atomic():
            place_order(1)

        def fail_over() -> None:
            self.service.while_sending = lambda: None
            with transaction.atomic():
                used = OutboxEvent.objects.get().id
                OutboxEvent.objects.all().delete()
                place_order(2)
                OutboxEvent.objects.update(id=used)

        self.service.while_sending = fail_over
        self.assertTrue(drain(self.service.client()))
        self.assertTrue(drain(self.service.client()))
        self.assertEqual(self.service.chained(), ["1", "2"])

    def test_many_events_keep_their_order_and_their_content(self) -> None:
        fields = {"actor_name": "Zoë 🦊", "metadata": {"a": "\0"}}
        with transaction.atomic():
            for number in range(120):
                place_order(number, **fields)
        self.assertTrue(drain(self.service.client()))
        self.assertEqual(self.service.chained(), [str(number) for number in range(120)])
        self.assertEqual({**self.service.chain[0], **fields}, self.service.chain[0])


class TheCommand(TransactionTestCase):
    def test_it_sends_what_waits(self) -> None:
        with transaction.atomic():
            place_order(1)
        service = Service(LOST_AFTER)
        with served(service) as url, mock.patch.dict(os.environ):
            os.environ.update(INDELIBLE_URL=url, INDELIBLE_API_KEY=KEY)
            call_command("indelible_outbox", "--once")
        self.assertEqual(service.chained(), ["1"])
        self.assertFalse(OutboxEvent.objects.exists())

    def test_it_says_what_is_missing(self) -> None:
        with self.assertRaisesMessage(CommandError, "set INDELIBLE_URL and INDELIBLE_API_KEY"):
            call_command("indelible_outbox", "--once")

    def test_the_model_needs_no_other_migration(self) -> None:
        call_command("makemigrations", "django_outbox", "--check", "--dry-run", verbosity=0)


class TestsOfAnApplication(TestCase):
    def test_they_see_what_was_recorded(self) -> None:
        self.client.get("/orders/1")
        event = json.loads(OutboxEvent.objects.get().event)
        self.assertEqual((event["action"], event["resource_id"]), ("order.placed", "1"))


class ThePage(TransactionTestCase):
    def test_its_code_records_an_order(self) -> None:
        setting, view = blocks("python")[-2:]
        app: dict[str, Any] = {}
        exec(setting, app)
        self.assertLessEqual(set(app["INSTALLED_APPS"]), set(settings.INSTALLED_APPS))
        exec(view, app)
        app["place_order"](SimpleNamespace(pk=7), Order(number=1))
        event = json.loads(OutboxEvent.objects.get().event)
        self.assertEqual((event["actor_id"], event["resource_id"]), (7, Order.objects.get().pk))
