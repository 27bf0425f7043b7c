"""Block Kit's limits as Slack documents them, independent of any code that builds blocks."""
