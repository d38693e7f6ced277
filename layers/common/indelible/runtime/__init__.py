"""What the Lambda functions share: routes, authorization, answers, logs. Needs Powertools."""
