"""Block Kit's limits as Slack documents them, apart from any builder."""
