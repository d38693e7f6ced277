"""The adapters: the core's Protocols on DynamoDB, SQS and S3."""
