"""Forms in Slack: opened, filled with what is there, read back into an action's model, checked and sent."""
