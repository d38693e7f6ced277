from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "django_outbox"
    verbose_name = "Indelible outbox"
