from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    initial = True
    operations = [  # noqa: RUF012  # as Django writes it
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("event", models.BinaryField()),
                ("recorded_at", models.DateTimeField(default=timezone.now)),
                ("refused", models.TextField(null=True)),
            ],
            options={"db_table": "indelible_outbox"},
        ),
    ]
