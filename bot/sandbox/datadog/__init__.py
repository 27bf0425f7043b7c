"""A stateful Datadog organisation to run against without an account."""
