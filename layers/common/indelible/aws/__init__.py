"""The adapters: what `indelible.ports` asks for, on DynamoDB and SQS."""
