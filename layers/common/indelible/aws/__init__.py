"""The adapters: they implement the core's Protocols with DynamoDB, SQS and S3."""
