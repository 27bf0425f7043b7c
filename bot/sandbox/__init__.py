"""A Datadog and a Slack workspace to run against without accounts."""
