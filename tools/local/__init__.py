"""The local stack: template.yaml, deployed with the SAM CLI to MiniStack on a loopback port."""
