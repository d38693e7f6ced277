from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "indelible_client.outbox.django"
    label = "indelible_outbox"
    verbose_name = "Indelible outbox"
