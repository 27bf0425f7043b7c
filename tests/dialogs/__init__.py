"""Whole dialogs: people type and press, and the bot, Slack and Datadog all take part."""
