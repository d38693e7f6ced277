"""Logger, tracer and metrics, made once. None of them ever sees a key or an event's content."""

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
metrics = Metrics()
tracer = Tracer(patch_modules=("botocore",))
