"""Slack's Web API, as far as an app with a bot token uses it."""
