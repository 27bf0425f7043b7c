"""Slack's side: what arrives, what is answered, what is shown."""
