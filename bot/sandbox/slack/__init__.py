"""A small stateful Slack workspace for a real, unchanged Bolt app."""
