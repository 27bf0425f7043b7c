"""A small stateful Slack workspace that a real Bolt app runs against unchanged."""
