"""The environment in which a function can be loaded in a process of its own."""

ENVIRONMENT = {
    "CHECKPOINT_BUCKET": "x",
    "DEAD_LETTER_QUEUE_URL": "x",
    "EXPORTS_BUCKET": "x",
    "EXPORT_QUEUE_URL": "x",
    "FRAME_ANCESTORS": "'none'",
    "GROWTH_QUEUE_URL": "x",
    "LOG_ORIGIN": "audit.example.com/log",
    "QUEUE_URL": "x",
    "SCRUB_DAYS": "30",
    "SIGNING_KEY_ARNS": "x",
    "SIGNING_SECRET_ARN": "x",
    "STATE_BUCKET": "x",
    "TABLE_ARN": "x",
    "TABLE_NAME": "x",
    "TOKEN_SECRET_ARN": "x",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "LAMBDA_TASK_ROOT": "/var/task",
    "POWERTOOLS_METRICS_NAMESPACE": "Indelible",
}
"""As on Lambda, where the functions are traced."""
