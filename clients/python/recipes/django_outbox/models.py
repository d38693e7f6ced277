from django.db import models
from django.utils import timezone


class OutboxEvent(models.Model):
    """An event that is not sent yet, or that was refused."""

    id = models.BigAutoField(primary_key=True)
    event = models.BinaryField()
    recorded_at = models.DateTimeField(default=timezone.now)
    refused = models.TextField(null=True)  # its errors

    class Meta:
        db_table = "indelible_outbox"
